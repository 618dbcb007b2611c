import { defineErrors } from '../common/index.js';

export const uploadErrors = defineErrors({
  UPLOAD_TOO_LARGE: { status: 413, title: 'The file is larger than the limit' },
  UPLOAD_EMPTY: { status: 422, title: 'The file is empty' },
  UPLOAD_FILE_MISSING: { status: 400, title: 'The form has no part named file' },
  UPLOAD_TOO_MANY_FILES: { status: 400, title: 'The form has more files than the limit' },
  UPLOAD_MALFORMED: { status: 400, title: 'The body is not a well-formed multipart form' },
  UPLOAD_INTERRUPTED: { status: 400, title: 'The upload ended before the file did' },
  UPLOAD_IDLE: { status: 408, title: 'The upload brought no bytes for too long' },
  UPLOAD_TOO_SLOW: { status: 408, title: 'The upload is slower than the least rate' },
  UPLOADS_BUSY: { status: 503, title: 'Too many uploads at once' },
  CHECKSUM_MISMATCH: { status: 422, title: 'The bytes do not have the SHA-256 that was given' },
});
