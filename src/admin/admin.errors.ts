import { defineErrors } from '../common/index.js';

export const adminErrors = defineErrors({
  RECONCILIATION_NOT_FOUND: { status: 404, title: 'There is no such reconciliation' },
  RECONCILIATION_RUNNING: { status: 409, title: 'Another reconciliation is running' },
  RECONCILIATION_FAILED: { status: 500, title: 'The reconciliation failed repeatedly' },
});
