import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { newId } from '../common/index.js';
import { Database } from '../database/index.js';
import type { Answer } from './answer.js';

/** A client's key; those of one user never meet those of another. */
export interface KeyName {
  userId: string;
  key: string;
}

/** A key that is held by one attempt until its lease runs out. */
export interface Claim extends KeyName {
  claimId: string;
  resourceId: string;
  /** As it was found: null where no attempt has told it yet. */
  fingerprint: string | null;
  created: Record<string, string>;
  /** No attempt came before this one. */
  fresh: boolean;
}

/** What a key stands for that can't be claimed. */
export interface Held {
  resourceId: string;
  fingerprint: string | null;
  answer: Answer | null;
  leaseSeconds: number;
}

/** An attempt that was not heard of for this long is dead, and its key may be taken over. */
export const LEASE_SECONDS = 30;
/** How long an answer is kept. */
const RETENTION_HOURS = 24;

/**
 * The statements on the keys. Every one that belongs to an attempt holds only while the claim does, so
 * that an attempt that was only slow can do nothing once another has taken over. Times are the
 * database's: the clocks of processes may differ.
 */
@Injectable()
export class IdempotencyRepository {
  constructor(private readonly database: Database) {}

  /**
   * Claims a key that is new, or whose attempt has ended or died.
   * @returns null when it is held, was answered, or is known to stand for another request
   */
  async claim({ userId, key }: KeyName, fingerprint: string | null): Promise<Claim | null> {
    const unit = this.database.unit();
    await unit.execute(
      `delete from idempotency_key
       where user_id = ? and key = ? and expires_at <= now() and lease_until <= now()`,
      [userId, key],
      'run',
    );
    const [claimId, resourceId] = [newId(), newId()];
    const [row] = await unit.execute<
      { resource_id: string; fingerprint: string | null; created: Record<string, string> }[]
    >(
      `insert into idempotency_key as held
         (user_id, key, fingerprint, resource_id, claim_id, lease_until, expires_at)
       values (?, ?, ?, ?, ?, now() + make_interval(secs => ?), now() + make_interval(hours => ?))
       on conflict (user_id, key) do update
         set claim_id = excluded.claim_id, lease_until = excluded.lease_until,
             fingerprint = coalesce(held.fingerprint, excluded.fingerprint)
         where held.answer is null and held.lease_until <= now()
           and coalesce(held.fingerprint = excluded.fingerprint, true)
       returning resource_id, fingerprint, created`,
      [userId, key, fingerprint, resourceId, claimId, LEASE_SECONDS, RETENTION_HOURS],
    );
    if (!row) return null;
    return {
      userId,
      key,
      claimId,
      resourceId: row.resource_id,
      fingerprint: row.fingerprint,
      created: row.created,
      fresh: row.resource_id === resourceId,
    };
  }

  /** What a key stands for; null when it is free by now. */
  async read({ userId, key }: KeyName): Promise<Held | null> {
    const [row] = await this.database
      .unit()
      .execute<
        { resource_id: string; fingerprint: string | null; answer: Answer | null; lease_seconds: string }[]
      >(
        `select resource_id, fingerprint, answer,
                ceil(extract(epoch from lease_until - now())) as lease_seconds
         from idempotency_key where user_id = ? and key = ?`,
        [userId, key],
      );
    if (!row) return null;
    const { resource_id: resourceId, fingerprint, answer, lease_seconds } = row;
    return { resourceId, fingerprint, answer, leaseSeconds: Number(lease_seconds) };
  }

  /** Puts the end of the lease off. */
  async renew(claim: Claim): Promise<void> {
    await this.update(claim, 'lease_until = now() + make_interval(secs => ?)', [LEASE_SECONDS]);
  }

  /** @returns false when the claim is lost */
  seal(claim: Claim, fingerprint: string): Promise<boolean> {
    return this.update(claim, 'fingerprint = ?', [fingerprint]);
  }

  /** @returns false when the claim is lost: the caller's transaction must roll back */
  confirm(tx: EntityManager, claim: Claim, { index, id }: { index: number; id: string }): Promise<boolean> {
    return this.update(claim, 'created = created || jsonb_build_object(?::text, ?::text)', [index, id], tx);
  }

  /** Keeps the answer, for the time of retention from now. */
  async complete(claim: Claim, answer: Answer): Promise<void> {
    await this.update(
      claim,
      'answer = ?::json, lease_until = now(), expires_at = now() + make_interval(hours => ?)',
      [JSON.stringify(answer), RETENTION_HOURS],
    );
  }

  /** Ends the lease; with `forget` the key is free again, unless something was created. */
  async release(claim: Claim, forget: boolean): Promise<void> {
    if (forget) {
      const { userId, key, claimId } = claim;
      await this.database
        .unit()
        .execute(
          `delete from idempotency_key where user_id = ? and key = ? and claim_id = ? and created = '{}'`,
          [userId, key, claimId],
          'run',
        );
    }
    await this.update(claim, 'lease_until = now()', []);
  }

  /** Deletes up to `limit` keys whose time is over. @returns how many */
  async deleteExpired(limit: number): Promise<number> {
    const rows = await this.database.unit().execute<{ key: string }[]>(
      `delete from idempotency_key where (user_id, key) in (
         select user_id, key from idempotency_key where expires_at <= now() and lease_until <= now()
         limit ? for update skip locked)
       returning key`,
      [limit],
    );
    return rows.length;
  }

  private async update(
    { userId, key, claimId }: Claim,
    change: string,
    values: readonly (string | number)[],
    unit: EntityManager = this.database.unit(),
  ): Promise<boolean> {
    const rows = await unit.execute<{ key: string }[]>(
      `update idempotency_key set ${change}
       where user_id = ? and key = ? and claim_id = ? and answer is null returning key`,
      [...values, userId, key, claimId],
    );
    return rows.length === 1;
  }
}
