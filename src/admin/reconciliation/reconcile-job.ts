import type { JobRequest } from '../../events/index.js';

/** The job that does a reconciliation. */
export function reconcileJob(id: string): JobRequest {
  return { job: 'admin.reconcile', jobId: `admin.reconcile-${id}`, payload: { reconciliationId: id } };
}
