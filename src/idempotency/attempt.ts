import { Logger } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { toDomainError } from '../common/index.js';
import type { Answer } from './answer.js';
import { idempotencyErrors, keyInFlight } from './idempotency.errors.js';
import type { Claim, IdempotencyRepository } from './idempotency.repository.js';

/** One run of a request that has an Idempotency-Key. */
export abstract class Attempt {
  /** The id to create the one resource of the request under: an earlier attempt may have done so. */
  abstract readonly resourceId: string;
  /** What earlier attempts confirmed to have created, by position in the request. */
  abstract readonly created: ReadonlyMap<number, string>;
  /** The request was answered before: its body is to be read and sealed, and nothing more. */
  abstract readonly answered: boolean;

  /**
   * Says what the request is, once its body is read and before anything is created. Of an answered
   * request it never returns: it throws the answer, which whoever runs the attempt sends.
   * @throws IDEMPOTENCY_KEY_REUSED when the key stands for another request
   * @throws IDEMPOTENCY_KEY_IN_FLIGHT when another attempt has taken over
   */
  abstract seal(fingerprint: string): Promise<void>;

  /**
   * Notes what is created, in the transaction that creates it, so that no other attempt creates it again.
   * @throws IDEMPOTENCY_KEY_IN_FLIGHT when another attempt has taken over: the transaction must roll back
   */
  abstract confirm(tx: EntityManager, index: number, id: string): Promise<void>;
}

/** Thrown to end an attempt whose answer is there already. */
export class Replay extends Error {
  constructor(readonly answer: Answer) {
    super('the request was answered before');
  }
}

/** A repetition of a request that was answered. */
export class AnsweredAttempt extends Attempt {
  override readonly created: ReadonlyMap<number, string> = new Map();
  override readonly answered = true;

  constructor(private readonly record: { resourceId: string; fingerprint: string; answer: Answer }) {
    super();
  }

  override get resourceId(): string {
    return this.record.resourceId;
  }

  override async seal(fingerprint: string): Promise<void> {
    if (fingerprint !== this.record.fingerprint) throw idempotencyErrors.IDEMPOTENCY_KEY_REUSED();
    throw new Replay(this.record.answer);
  }

  override confirm(): Promise<void> {
    throw new Error('a request that was answered creates nothing');
  }
}

/** The attempt that has the key: its lease is renewed until it ends. */
export class ClaimedAttempt extends Attempt {
  override readonly created: ReadonlyMap<number, string>;
  override readonly answered = false;
  private readonly logger = new Logger(Attempt.name);
  private readonly renewal: NodeJS.Timeout;

  constructor(
    private readonly claim: Claim,
    private readonly repository: IdempotencyRepository,
    renewEveryMs: number,
  ) {
    super();
    this.created = new Map(Object.entries(claim.created).map(([index, id]) => [Number(index), id]));
    this.renewal = setInterval(() => {
      this.repository.renew(claim).catch((error: unknown) => this.warn(error));
    }, renewEveryMs);
  }

  override get resourceId(): string {
    return this.claim.resourceId;
  }

  override async seal(fingerprint: string): Promise<void> {
    const sealed = this.claim.fingerprint;
    if (sealed !== null && sealed !== fingerprint) throw idempotencyErrors.IDEMPOTENCY_KEY_REUSED();
    if (!(await this.repository.seal(this.claim, fingerprint))) throw keyInFlight();
  }

  override async confirm(tx: EntityManager, index: number, id: string): Promise<void> {
    if (!(await this.repository.confirm(tx, this.claim, { index, id }))) throw keyInFlight();
  }

  /** Keeps the answer for repetitions; not when another attempt has taken over, which answers alike. */
  async complete(answer: Answer): Promise<void> {
    clearInterval(this.renewal);
    await this.repository.complete(this.claim, answer);
  }

  /** Lets the request be tried again, as a new one when it is certain that nothing was created. */
  async release(reason: unknown): Promise<void> {
    clearInterval(this.renewal);
    const { fresh, fingerprint } = this.claim;
    const refused = toDomainError(reason).status < 500;
    // What was not sealed before can have created only what it confirmed, and that is looked at.
    const forget = fingerprint === null || (fresh && refused);
    // When the database is away the lease runs out by itself.
    await this.repository.release(this.claim, forget).catch((error: unknown) => this.warn(error));
  }

  private warn(error: unknown): void {
    this.logger.warn({ err: error, resourceId: this.resourceId }, 'an idempotency key was not updated');
  }
}
