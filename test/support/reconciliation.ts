import { MaintenanceQueueProcessor } from '../../src/processing/jobs/processors.js';
import type { Check } from '../../src/admin/reconciliation/check.js';
import type { Finding } from '../../src/admin/reconciliation/finding.js';
import { type Findings, Inspection } from '../../src/admin/reconciliation/inspection.js';
import { CHECKS } from '../../src/admin/reconciliation/jobs/reconciliation.handlers.js';
import type { Api } from './api.js';
import { jsonOf } from './api.js';
import { eventually } from './eventually.js';
import type { TestApp } from './test-app.js';

/** A report as the API gives it. */
export interface ReconciliationJson extends Findings {
  id: string;
  state: string;
  dryRun: boolean;
  failureCode: string | null;
  finishedAt: string | null;
}

/** Stops the jobs that mend by themselves, until the service closes. */
export async function pauseMaintenance({ app }: TestApp): Promise<void> {
  await app.get(MaintenanceQueueProcessor).worker.pause();
}

/** All checks once, in this process and at once. */
export async function inspectAll(
  { app }: TestApp,
  { mend = false, signal = new AbortController().signal } = {},
): Promise<Findings> {
  const inspection = new Inspection({ mend, signal, save: () => Promise.resolve() });
  for (const check of app.get<Check[]>(CHECKS)) await check.run(inspection);
  return inspection.found;
}

/** Findings without their words. */
export const briefly = ({ findings }: { findings: Finding[] }) =>
  findings.map(({ kind, subject, mended }) => ({ kind, subject, mended }));

export async function startReconciliation(admin: Api, body: object = {}): Promise<string> {
  const response = await admin.send('POST', '/v1/admin/reconcile', { body });
  return (await jsonOf<{ id: string }>(response, 202)).id;
}

export function untilReconciled(admin: Api, id: string, withinMs = 60_000): Promise<ReconciliationJson> {
  return eventually(async () => {
    const report = await admin.json<ReconciliationJson>(`/v1/admin/reconcile/${id}`);
    if (report.state === 'running') throw new Error('it is still running');
    return report;
  }, withinMs);
}
