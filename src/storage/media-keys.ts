import { storageErrors } from './storage.errors.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SEGMENT = /^[0-9a-z-]+$/i;

/**
 * Where everything of a media lives. Spread over 256 directories by the end of the id, which is random; the
 * beginning of a UUIDv7 is the time.
 * @throws INVALID_STORAGE_KEY
 */
export function mediaPrefix(mediaId: string): string {
  if (!UUID.test(mediaId)) throw storageErrors.INVALID_STORAGE_KEY('A media id must be a UUID');
  return `media/${mediaId.slice(-2)}/${mediaId}/`;
}

/** The bytes as they were uploaded. */
export function originalKey(mediaId: string): string {
  return `${mediaPrefix(mediaId)}original`;
}

/**
 * Where one attempt of a job writes its variants, so that an attempt that lost its lock cannot touch
 * those of another.
 * @throws INVALID_STORAGE_KEY
 */
export function variantPrefix(mediaId: string, attempt: string): string {
  if (!SEGMENT.test(attempt)) {
    throw storageErrors.INVALID_STORAGE_KEY('An attempt must be letters, digits and hyphens');
  }
  return `${mediaPrefix(mediaId)}v/${attempt}/`;
}

/**
 * The prefix of the attempt that wrote a variant.
 * @throws INVALID_STORAGE_KEY
 */
export function attemptPrefix(variantKey: string): string {
  const match = /^media\/[^/]+\/[^/]+\/v\/[^/]+\//.exec(variantKey);
  if (!match) throw storageErrors.INVALID_STORAGE_KEY('The key is not that of a variant');
  return match[0];
}

export function uploadPrefix(uploadId: string): string {
  return mediaPrefix(uploadId).replace('media/', 'originals/');
}

export function uploadKey(uploadId: string): string {
  return `${uploadPrefix(uploadId)}original`;
}

export function incomingPrefix(uploadId: string): string {
  return mediaPrefix(uploadId).replace('media/', 'incoming/');
}

export function incomingKey(uploadId: string): string {
  return `${incomingPrefix(uploadId)}object`;
}
