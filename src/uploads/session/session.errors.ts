import { defineErrors } from '../../common/index.js';

export const sessionErrors = defineErrors({
  UPLOAD_NOT_FOUND: { status: 404, title: 'There is no such upload' },
  UPLOAD_NOT_OPEN: { status: 409, title: 'The upload takes no more bytes' },
  UPLOAD_TAKEN_OVER: { status: 409, title: 'A newer request continues this upload' },
  UPLOAD_GONE: { status: 410, title: 'The upload was refused and its bytes are gone' },
  UPLOAD_LOCKED: { status: 423, title: 'Another request is writing to this upload' },
  UPLOAD_SESSIONS_EXCEEDED: { status: 429, title: 'Too many uploads are open' },
});
