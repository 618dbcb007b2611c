import { defineErrors } from '../common/index.js';

export const storageErrors = defineErrors({
  OBJECT_NOT_FOUND: { status: 404, title: 'The stored object does not exist' },
  PRESIGN_UNAVAILABLE: { status: 409, title: 'The storage driver has no presigned URLs' },
  STORAGE_UNAVAILABLE: { status: 503, title: 'The object store does not answer' },
  STORAGE_FULL: { status: 507, title: 'The object store is full' },
});
