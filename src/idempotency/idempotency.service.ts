import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/index.js';
import { type Answer, isSuccess } from './answer.js';
import { AnsweredAttempt, type Attempt, ClaimedAttempt, Replay } from './attempt.js';
import { idempotencyErrors, keyInFlight } from './idempotency.errors.js';
import { IdempotencyRepository, type KeyName, LEASE_SECONDS } from './idempotency.repository.js';

export interface IdempotentRequest {
  principal: Principal;
  key: string;
  /** Null: only the body tells it, and `respond` seals the attempt with it. */
  fingerprint: string | null;
  /** Does what is asked for. May be called for a request that an earlier attempt began, or even ended. */
  respond: (attempt: Attempt) => Promise<Answer>;
}

export interface Outcome {
  answer: Answer;
  /** The answer is that of an earlier request. */
  replayed: boolean;
}

/** A key that is given up or taken between two looks at it is looked at again. */
const MAX_LOOKS = 5;

/**
 * Requests that may be sent twice and have their effect once, whichever processes they meet and
 * whichever of these die in between.
 */
@Injectable()
export class IdempotencyService {
  constructor(private readonly repository: IdempotencyRepository) {}

  /**
   * Runs a request unless it was answered in the last 24 hours. Answers of success are kept; after a
   * failure the request may be tried again.
   * @throws IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_FLIGHT, and what `respond` does
   */
  async run({ principal, key, fingerprint, respond }: IdempotentRequest): Promise<Outcome> {
    const attempt = await this.begin({ userId: principal.userId, key }, fingerprint);
    try {
      if (attempt instanceof AnsweredAttempt && fingerprint !== null) await attempt.seal(fingerprint);
      const answer = await respond(attempt);
      if (attempt instanceof ClaimedAttempt) await this.end(attempt, answer);
      return { answer, replayed: false };
    } catch (error) {
      if (error instanceof Replay) return { answer: error.answer, replayed: true };
      if (attempt instanceof ClaimedAttempt) await attempt.release(error);
      throw error;
    }
  }

  /** Forgets up to `limit` keys whose time is over. @returns how many */
  expire(limit: number): Promise<number> {
    return this.repository.deleteExpired(limit);
  }

  private async begin(name: KeyName, fingerprint: string | null): Promise<AnsweredAttempt | ClaimedAttempt> {
    let leaseSeconds = 0;
    for (let look = 0; look < MAX_LOOKS; look += 1) {
      const claim = await this.repository.claim(name, fingerprint);
      if (claim) return new ClaimedAttempt(claim, this.repository, (LEASE_SECONDS * 1000) / 3);
      const held = await this.repository.read(name);
      if (!held) continue;
      const known = held.fingerprint;
      if (fingerprint !== null && known !== null && known !== fingerprint)
        throw idempotencyErrors.IDEMPOTENCY_KEY_REUSED();
      if (held.answer && known !== null)
        return new AnsweredAttempt({ ...held, fingerprint: known, answer: held.answer });
      leaseSeconds = held.leaseSeconds;
      if (leaseSeconds > 0) break;
    }
    throw keyInFlight(leaseSeconds);
  }

  private end(attempt: ClaimedAttempt, answer: Answer): Promise<void> {
    return isSuccess(answer) ? attempt.complete(answer) : attempt.release(answer);
  }
}
