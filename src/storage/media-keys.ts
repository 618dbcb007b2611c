import { storageErrors } from './storage.errors.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SEGMENT = /^[0-9a-z-]+$/i;

/**
 * Spread over 256 directories by the end of the id, which is random; the beginning of a UUIDv7 is the time.
 * @throws INVALID_STORAGE_KEY
 */
function prefixOf(root: 'originals' | 'incoming' | 'media', id: string): string {
  if (!UUID.test(id)) throw storageErrors.INVALID_STORAGE_KEY('An id must be a UUID');
  return `${root}/${id.slice(-2)}/${id}/`;
}

/**
 * Where everything that one upload writes lies, whatever its protocol: registered in the ledger before the
 * first byte, claimed by the commit.
 * @throws INVALID_STORAGE_KEY
 */
export function uploadPrefix(uploadId: string): string {
  return prefixOf('originals', uploadId);
}

/** The finished bytes of an upload. Media that share them all name this key, so it is read from the row of the original. */
export function uploadKey(uploadId: string): string {
  return `${uploadPrefix(uploadId)}original`;
}

/**
 * Where a client puts a whole file by a URL that takes any number of PUTs until it expires: nothing stays here.
 * @throws INVALID_STORAGE_KEY
 */
export function incomingPrefix(uploadId: string): string {
  return prefixOf('incoming', uploadId);
}

export function incomingKey(uploadId: string): string {
  return `${incomingPrefix(uploadId)}object`;
}

/**
 * Where everything derived from a media lies.
 * @throws INVALID_STORAGE_KEY
 */
export function derivedPrefix(mediaId: string): string {
  return `${prefixOf('media', mediaId)}v/`;
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
  return `${derivedPrefix(mediaId)}${attempt}/`;
}

/**
 * Where one attempt of many at the same derivation writes a part of it: all parts lie under the prefix of that
 * derivation, which `attemptPrefix` tells of any of their keys.
 * @throws INVALID_STORAGE_KEY
 */
export function partPrefix(derivation: string, part: string): string {
  if (!SEGMENT.test(part)) {
    throw storageErrors.INVALID_STORAGE_KEY('A part must be letters, digits and hyphens');
  }
  return `${derivation}${part}/`;
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

/**
 * The prefix that a key lies directly under: all of an upload's, for the key of its finished bytes.
 * @throws INVALID_STORAGE_KEY for a key that lies under none
 */
export function enclosingPrefix(key: string): string {
  const end = key.lastIndexOf('/');
  if (end < 1) throw storageErrors.INVALID_STORAGE_KEY('The key lies under no prefix');
  return key.slice(0, end + 1);
}
