import { Injectable } from '@nestjs/common';
import { JobQueues } from '../../processing/index.js';
import { adminErrors } from '../admin.errors.js';
import type { Reconciliation } from '../entities/reconciliation.entity.js';
import { reconcileJob } from './reconcile-job.js';
import { ReconciliationRepository } from './reconciliation.repository.js';

const RETENTION_DAYS = 7;
/** A run that is silent for longer than it usually takes to save is asked after. */
const SILENCE_SECONDS = 120;

/** Reconciliations from request to report. */
@Injectable()
export class ReconciliationService {
  constructor(
    private readonly repository: ReconciliationRepository,
    private readonly queues: JobQueues,
  ) {}

  /** Asks for a run over everything. May be called again. @throws RECONCILIATION_RUNNING */
  async start(id: string, dryRun: boolean): Promise<Reconciliation> {
    const reconciliation = await this.repository.start(id, dryRun);
    if (!reconciliation) throw adminErrors.RECONCILIATION_RUNNING();
    return reconciliation;
  }

  /** @throws RECONCILIATION_NOT_FOUND */
  async read(id: string): Promise<Reconciliation> {
    const reconciliation = await this.repository.find(id);
    if (!reconciliation) throw adminErrors.RECONCILIATION_NOT_FOUND();
    return reconciliation;
  }

  /** Forgets old reports. A run whose job has ended without it is over; one that the queue has lost is queued again. */
  async tend(): Promise<void> {
    await this.repository.expire(RETENTION_DAYS);
    for (const silent of await this.repository.silent(SILENCE_SECONDS)) {
      const request = reconcileJob(silent.id);
      if (await this.repository.isRequested(silent.id)) continue;
      const state = await this.queues.stateOf(request);
      if (state === 'absent') await this.queues.add([request]);
      else if (state !== 'pending') await this.repository.fail(silent, 'RECONCILIATION_FAILED');
    }
  }
}
