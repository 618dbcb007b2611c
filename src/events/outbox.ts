import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { newId } from '../common/index.js';
import { OutboxMessage } from './entities/outbox-message.entity.js';

/** A job to be run after the transaction that asks for it. */
export interface JobRequest {
  job: string;
  /** Deterministic: the same request twice is one job. No colon, not a number (BullMQ). */
  jobId: string;
  payload: Record<string, string | number>;
}

/**
 * The transactional outbox: a job is asked for in the transaction that makes it necessary, so that it
 * runs exactly when that commits, however the process ends.
 */
@Injectable()
export class Outbox {
  /** Adds a request to the caller's transaction. */
  async add(tx: EntityManager, request: JobRequest): Promise<void> {
    await tx.insert(OutboxMessage, { id: newId(), ...request, createdAt: new Date() });
  }

  /**
   * Hands up to `limit` requests for the given jobs to `dispatch`, oldest first, and forgets them once it
   * resolved. Concurrent callers get different requests. A crash in between hands them out again.
   * @returns how many there were
   */
  async drain(
    tx: EntityManager,
    { jobs, limit }: { jobs: readonly string[]; limit: number },
    dispatch: (requests: OutboxMessage[]) => Promise<void>,
  ): Promise<number> {
    const rows = await tx.execute<
      { id: string; job: string; job_id: string; payload: Record<string, string | number> }[]
    >(
      'select id, job, job_id, payload from outbox where job in (?) order by id limit ? for update skip locked',
      [jobs, limit],
    );
    if (rows.length === 0) return 0;
    await dispatch(
      rows.map((row) =>
        Object.assign(new OutboxMessage(), {
          id: row.id,
          job: row.job,
          jobId: row.job_id,
          payload: row.payload,
        }),
      ),
    );
    await tx.nativeDelete(OutboxMessage, { id: { $in: rows.map((row) => row.id) } });
    return rows.length;
  }
}
