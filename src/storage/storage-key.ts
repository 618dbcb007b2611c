import type { ByteRange } from './object-store.js';
import { storageErrors } from './storage.errors.js';

/** Half of S3's limit of 1024 bytes, so that a driver may add to a key. */
const MAX_KEY_BYTES = 512;
/** NAME_MAX of Linux file systems. */
const MAX_SEGMENT_BYTES = 255;
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u001f\u007f\\]/;

/**
 * Refuses what is not a key: slash-separated segments, none of them empty or beginning with a dot (so no
 * `..`, and drivers have room for names of their own), no backslash or control character, well-formed
 * Unicode, at most 512 bytes and 255 in a segment.
 * @throws INVALID_STORAGE_KEY
 */
export function assertKey(key: string): void {
  const reason = problemOf(key);
  if (reason) throw storageErrors.INVALID_STORAGE_KEY(`A key ${reason}`);
}

/**
 * Refuses what is not a prefix of whole segments.
 * @throws INVALID_STORAGE_KEY
 */
export function assertPrefix(prefix: string): void {
  if (!prefix.endsWith('/')) throw storageErrors.INVALID_STORAGE_KEY('A prefix must end in a slash');
  assertKey(prefix.slice(0, -1));
}

/**
 * Refuses a range that no object can satisfy; S3 would answer an ill-formed one with the whole object.
 * @throws OBJECT_RANGE_INVALID
 */
export function assertRange({ start, end }: ByteRange): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw storageErrors.OBJECT_RANGE_INVALID();
  }
}

function problemOf(key: string): string | null {
  if (key === '') return 'must not be empty';
  if (!key.isWellFormed()) return 'must be well-formed Unicode';
  if (FORBIDDEN.test(key)) return 'must not contain backslashes or control characters';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `must have at most ${MAX_KEY_BYTES} bytes`;
  for (const segment of key.split('/')) {
    if (segment === '') return 'must not have empty segments';
    if (segment.startsWith('.')) return 'must not have segments that begin with a dot';
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) {
      return `must have segments of at most ${MAX_SEGMENT_BYTES} bytes`;
    }
  }
  return null;
}
