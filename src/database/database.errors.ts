import { defineErrors } from '../common/index.js';

export const databaseErrors = defineErrors({
  EMBEDDED_DATABASE_FAILED: { status: 503, title: 'The embedded database did not start' },
  DATABASE_BEHIND: { status: 503, title: 'The database needs migrations that have not run' },
});
