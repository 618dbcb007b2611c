export { AdminModule } from './admin.module.js';
export { Reconciliation } from './entities/reconciliation.entity.js';
export { adminHandlers, AdminJobsModule } from './reconciliation/jobs/admin-jobs.module.js';
