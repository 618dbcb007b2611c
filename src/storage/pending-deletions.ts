import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Database } from '../database/index.js';
import { ObjectStore } from './object-store.js';

/** A sweep that has not finished after this long died; another may take it up. */
const SWEEP_LEASE_MINUTES = 15;

/**
 * The ledger of objects that nobody owns (yet, or any more). A writer registers a prefix before its
 * first byte and claims it in the transaction that makes its row; a deleter registers a prefix in the
 * transaction that removes the row. Whatever is due and unclaimed is deleted, so no crash leaves bytes.
 */
@Injectable()
export class PendingDeletions {
  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
  ) {}

  /** Schedules the deletion of a prefix, or puts off one that is scheduled. */
  async register(tx: EntityManager, prefix: string, dueAt: Date): Promise<void> {
    await tx.execute(
      `insert into pending_deletion (prefix, due_at) values (?, ?)
       on conflict (prefix) do update set due_at = excluded.due_at where pending_deletion.sweeping_at is null`,
      [prefix, dueAt],
      'run',
    );
  }

  /**
   * The same for objects that nobody owns, as somebody else has found: whoever registered them meanwhile knows better.
   * @returns false when the prefix is registered already
   */
  async registerOrphan(tx: EntityManager, prefix: string, dueAt: Date): Promise<boolean> {
    const rows = await tx.execute<{ prefix: string }[]>(
      'insert into pending_deletion (prefix, due_at) values (?, ?) on conflict do nothing returning prefix',
      [prefix, dueAt],
    );
    return rows.length === 1;
  }

  /**
   * Keeps what was written under a prefix.
   * @returns false when it is being deleted or was: the caller's transaction must roll back
   */
  async claim(tx: EntityManager, prefix: string): Promise<boolean> {
    const rows = await tx.execute<{ prefix: string }[]>(
      'delete from pending_deletion where prefix = ? and sweeping_at is null returning prefix',
      [prefix],
    );
    return rows.length === 1;
  }

  /** Puts off a deletion while its writer is alive; one that has begun goes on. */
  async extend(prefix: string, dueAt: Date): Promise<void> {
    await this.database
      .unit()
      .execute(
        'update pending_deletion set due_at = ? where prefix = ? and sweeping_at is null',
        [dueAt, prefix],
        'run',
      );
  }

  /**
   * Deletes a prefix of one's own at once, for a writer that knows that it failed. One that was claimed
   * after all, by a commit whose answer was lost, is left alone.
   */
  async discard(prefix: string): Promise<void> {
    const rows = await this.database
      .unit()
      .execute<{ prefix: string }[]>(
        'update pending_deletion set due_at = now(), sweeping_at = now() where prefix = ? returning prefix',
        [prefix],
      );
    if (rows.length === 1) await this.finish(prefix);
  }

  /**
   * Deletes up to `limit` prefixes that are due.
   * @returns how many were due
   * @throws the first failure, after all others were tried: one that can't be deleted holds up no other
   */
  async sweep(limit: number): Promise<number> {
    const due = await this.database.unit().execute<{ prefix: string }[]>(
      `update pending_deletion set sweeping_at = now() where prefix in (
         select prefix from pending_deletion
         where due_at <= now()
           and (sweeping_at is null or sweeping_at < now() - make_interval(mins => ?))
         order by due_at limit ? for update skip locked)
       returning prefix`,
      [SWEEP_LEASE_MINUTES, limit],
    );
    const failures: unknown[] = [];
    for (const { prefix } of due) await this.finish(prefix).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
    return due.length;
  }

  private async finish(prefix: string): Promise<void> {
    await this.store.deletePrefix(prefix);
    await this.database
      .unit()
      .execute('delete from pending_deletion where prefix = ? and sweeping_at is not null', [prefix], 'run');
  }
}
