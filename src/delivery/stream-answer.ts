import { createHash } from 'node:crypto';
import type { StreamFile, StreamKey } from '../processing/index.js';
import type { Delivery } from './delivery-access.js';
import { presignedMaxAgeSeconds } from './presigned/url-lifetime.js';
import { keyTag, type Representation } from './representation.service.js';

export const playlistType = 'application/vnd.apple.mpegurl';

/** A file of a stream, and what is particular to it. */
export type StreamAnswer = Pick<
  Representation,
  'source' | 'contentType' | 'sizeBytes' | 'tag' | 'lastModified' | 'cacheControl' | 'surrogateKeys'
>;

/** A playlist as it is at this moment. */
export interface Playlist {
  text: string;
  /** It is what it will be, but for the URLs in it. */
  complete: boolean;
  /** Since when its presigned URLs hold, in seconds since 1970; null where it has none. */
  signedAt: number | null;
  lastModified: Date;
}

export function playlistAnswer({ cacheControl }: Delivery, found: Playlist): StreamAnswer {
  const data = Buffer.from(found.text);
  const { complete, signedAt } = found;
  const longest = !complete ? 1 : signedAt === null ? Infinity : presignedMaxAgeSeconds;
  return {
    source: { data },
    contentType: playlistType,
    sizeBytes: data.length,
    tag: createHash('sha256').update(data).digest('base64url').slice(0, 27),
    lastModified: lastModified(found),
    // One that grows is old in a moment, and one with presigned URLs long before they are.
    cacheControl: cacheControl.replace(
      /max-age=(\d+)/,
      (_, age) => `max-age=${Math.min(Number(age), longest)}`,
    ),
  };
}

function lastModified({ complete, signedAt, lastModified }: Playlist): Date {
  if (!complete) return new Date();
  return signedAt === null ? lastModified : new Date(Math.max(lastModified.getTime(), signedAt * 1000));
}

/** Its bytes are the same for ever, but who may have them is not: no longer than anything else is kept. */
export function segmentAnswer({ cacheControl }: Delivery, file: StreamFile): StreamAnswer {
  return {
    source: { key: file.key },
    contentType: file.contentType,
    sizeBytes: file.sizeBytes,
    tag: keyTag(file.key),
    lastModified: new Date(file.createdAt),
    cacheControl: `${cacheControl.replace('no-cache', 'max-age=3600')}, immutable`,
  };
}

/** For whoever may have the segments, and for no cache on the way. */
export function keyAnswer({ key, id, createdAt }: StreamKey): StreamAnswer {
  return {
    source: { data: key },
    contentType: 'application/octet-stream',
    sizeBytes: key.length,
    tag: keyTag(id),
    lastModified: createdAt,
    cacheControl: 'private, no-store',
    surrogateKeys: [],
  };
}
