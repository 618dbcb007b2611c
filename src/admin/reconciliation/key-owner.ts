/** A key taken apart, as far as it tells whose the object is. */
export interface KeyOwner {
  key: string;
  /** All that the key lies under, and that could be registered in the ledger; the longest last. */
  prefixes: string[];
  /** Where an original with this id lies. */
  originalKey: string;
  /** Id of the upload that writes here. */
  upload: string | null;
  /** Id of the media that this is derived from. */
  media: string | null;
  /** Prefix of the attempt that wrote a variant. */
  attempt: string | null;
}

const KEY =
  /^(originals|incoming|media)\/([0-9a-f]{2})\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\/./;
const ATTEMPT = /^media\/[^/]+\/[^/]+\/v\/[^/]+\//;

/** Whose an object is by its key; null for a key that the service never makes. */
export function ownerOf(key: string): KeyOwner | null {
  const match = KEY.exec(key);
  const [root = '', , directory = '', id = ''] = match ? [match[1], match[0], match[2], match[3]] : [];
  if (!match || directory !== id.slice(-2)) return null;
  const home = `${root}/${directory}/${id}/`;
  const prefixes: string[] = [];
  for (let end = home.length - 1; end !== -1; end = key.indexOf('/', end + 1)) {
    prefixes.push(key.slice(0, end + 1));
  }
  return {
    key,
    prefixes,
    originalKey: `${home}original`,
    upload: root === 'media' ? null : id,
    media: root === 'media' ? id : null,
    attempt: ATTEMPT.exec(key)?.[0] ?? null,
  };
}
