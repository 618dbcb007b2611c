import { defineErrors } from '../common/index.js';

export const healthErrors = defineErrors({
  NOT_READY: { status: 503, title: 'A part of the service does not answer' },
});
