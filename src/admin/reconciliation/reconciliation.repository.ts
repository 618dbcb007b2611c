import { Injectable } from '@nestjs/common';
import type { EntityData } from '@mikro-orm/core';
import { newId } from '../../common/index.js';
import { Database } from '../../database/index.js';
import { Outbox } from '../../events/index.js';
import { Reconciliation } from '../entities/reconciliation.entity.js';
import type { Findings } from './inspection.js';
import { reconcileJob } from './reconcile-job.js';

/** A run, and the attempt at it that may write. */
export interface RunningAttempt {
  id: string;
  attempt: string;
  dryRun: boolean;
}

/** Rows of reconciliations. The schema has at most one that runs; an attempt writes as long as no newer one began. */
@Injectable()
export class ReconciliationRepository {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  find(id: string): Promise<Reconciliation | null> {
    return this.database.unit().findOne(Reconciliation, { id });
  }

  /** Asks for a run. @returns the same when it was asked for already; null when another is running */
  async start(id: string, dryRun: boolean): Promise<Reconciliation | null> {
    const begun = await this.find(id);
    if (begun) return begun;
    return this.database.transaction(async (tx) => {
      const rows = await tx.execute<{ id: string }[]>(
        'insert into reconciliation (id, dry_run) values (?, ?) on conflict do nothing returning id',
        [id, dryRun],
      );
      if (rows.length === 0) return null;
      await this.outbox.add(tx, reconcileJob(id));
      return tx.findOneOrFail(Reconciliation, { id });
    });
  }

  /** Begins a run, or begins it anew after its worker has died. @returns null when it has ended */
  async begin(id: string): Promise<RunningAttempt | null> {
    const attempt = newId();
    const rows = await this.database.unit().execute<{ dry_run: boolean }[]>(
      `update reconciliation set attempt = ?, counts = '{}', finding_counts = '{}', findings = '[]', notes = '[]',
         updated_at = now()
       where id = ? and state = 'running' returning dry_run`,
      [attempt, id],
    );
    const row = rows[0];
    return row ? { id, attempt, dryRun: row.dry_run } : null;
  }

  /** @throws Error when a newer attempt has begun */
  async save(running: RunningAttempt, findings: Findings): Promise<void> {
    if (!(await this.write(running, { ...findings }))) {
      throw new Error('another worker has taken this reconciliation over');
    }
  }

  async finish(running: RunningAttempt, findings: Findings): Promise<void> {
    await this.write(running, { ...findings, state: 'done', finishedAt: new Date() });
  }

  /** @param attempt the last one that began; null when none did */
  async fail({ id, attempt }: { id: string; attempt: string | null }, code: string): Promise<void> {
    const ended = { state: 'failed' as const, failureCode: code, finishedAt: new Date() };
    await this.write({ id, attempt }, ended);
  }

  /** Runs that nobody has written to for a while. */
  async silent(seconds: number): Promise<{ id: string; attempt: string | null }[]> {
    return this.database.unit().execute<{ id: string; attempt: string | null }[]>(
      `select id, attempt from reconciliation
       where state = 'running' and updated_at < now() - make_interval(secs => ?)`,
      [seconds],
    );
  }

  /** Whether the job of a run is asked for and not in the queue yet. */
  async isRequested(id: string): Promise<boolean> {
    const rows = await this.database
      .unit()
      .execute<object[]>('select from outbox where job_id = ?', [reconcileJob(id).jobId]);
    return rows.length > 0;
  }

  /** Forgets runs that ended so long ago. */
  async expire(days: number): Promise<void> {
    await this.database
      .unit()
      .execute(
        'delete from reconciliation where finished_at < now() - make_interval(days => ?)',
        [days],
        'run',
      );
  }

  private async write(
    { id, attempt }: { id: string; attempt: string | null },
    changes: EntityData<Reconciliation>,
  ): Promise<boolean> {
    const changed = await this.database
      .unit()
      .nativeUpdate(Reconciliation, { id, attempt, state: 'running' }, { ...changes, updatedAt: new Date() });
    return changed === 1;
  }
}
