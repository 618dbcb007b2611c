import { defineErrors } from '../common/index.js';

export const quotaErrors = defineErrors({
  QUOTA_EXCEEDED: { status: 413, title: 'The storage quota has no room for this' },
  RESERVATION_LOST: { status: 409, title: 'The upload took so long that its place was given away' },
});
