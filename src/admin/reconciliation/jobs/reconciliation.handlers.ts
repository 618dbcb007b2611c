import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '../../../common/index.js';
import { type JobContext, JobHandler } from '../../../processing/index.js';
import type { Check } from '../check.js';
import { Inspection } from '../inspection.js';
import { ReconciliationRepository, type RunningAttempt } from '../reconciliation.repository.js';
import { ReconciliationService } from '../reconciliation.service.js';

/** Injection token of all checks, in order. */
export const CHECKS = Symbol('CHECKS');

/** One run over everything. After a crash, or a handover, it begins anew. */
@Injectable()
export class ReconcileEverythingHandler extends JobHandler {
  override readonly job = 'admin.reconcile';

  constructor(
    private readonly repository: ReconciliationRepository,
    @Inject(CHECKS) private readonly checks: readonly Check[],
  ) {
    super();
  }

  override async handle(
    { reconciliationId }: { reconciliationId: string },
    { signal, lastAttempt }: JobContext,
  ): Promise<void> {
    const running = await this.repository.begin(reconciliationId);
    if (!running) return;
    try {
      await this.run(running, signal);
    } catch (error) {
      const final = lastAttempt || (error instanceof DomainError && error.status < 500);
      if (final && !signal.aborted) await this.repository.fail(running, codeOf(error));
      throw error;
    }
  }

  private async run(running: RunningAttempt, signal: AbortSignal): Promise<void> {
    const inspection = new Inspection({
      mend: !running.dryRun,
      signal,
      save: (findings) => this.repository.save(running, findings),
    });
    for (const check of this.checks) await check.run(inspection);
    await this.repository.finish(running, inspection.found);
  }
}

/** What runs without a worker, and what is old. */
@Injectable()
export class TendReconciliationsHandler extends JobHandler {
  override readonly job = 'admin.tend-reconciliations';

  constructor(private readonly reconciliations: ReconciliationService) {
    super();
  }

  override handle(): Promise<void> {
    return this.reconciliations.tend();
  }
}

function codeOf(error: unknown): string {
  return error instanceof DomainError ? error.code : 'RECONCILIATION_FAILED';
}
