import { defineErrors } from '../common/index.js';

export const storageErrors = defineErrors({
  INVALID_STORAGE_KEY: { status: 400, title: 'This is not a key of the object store' },
  OBJECT_NOT_FOUND: { status: 404, title: 'The stored object does not exist' },
  OBJECT_DISCARDED: { status: 409, title: 'The object was deleted while it was being written' },
  OBJECT_RANGE_INVALID: { status: 416, title: 'The range is outside the stored object' },
  PIECE_REPLACED: { status: 409, title: 'A piece of the object is not the one that was stored' },
  PIECE_SIZE_MISMATCH: { status: 400, title: 'The piece does not have the size that was announced' },
  TOO_MANY_PIECES: { status: 413, title: 'The object has more pieces than the object store takes' },
  PRESIGN_UNAVAILABLE: { status: 409, title: 'The storage driver has no presigned URLs' },
  STORAGE_UNAVAILABLE: { status: 503, title: 'The object store does not answer' },
  STORAGE_FULL: { status: 507, title: 'The object store is full' },
});

/** How long a client should wait before it tries again, in seconds. */
const RETRY_AFTER_SECONDS = 10;

/** STORAGE_UNAVAILABLE with its Retry-After. */
export function storageUnavailable(cause: unknown): Error {
  return storageErrors.STORAGE_UNAVAILABLE(undefined, {
    cause,
    headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
  });
}
