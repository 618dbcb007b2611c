import type { Media } from './entities/media.entity.js';
import { mediaErrors } from './media.errors.js';

/** How the OpenAPI document describes the header. */
export const entityTagHeader = {
  ETag: { description: 'For If-None-Match and If-Match', schema: { type: 'string' } },
} as const;

const TAG = /^"([0-9a-f-]{36})-(\d{1,10})(?:\.\d{1,3}p?)?"$/;

type Tagged = Pick<Media, 'id' | 'version' | 'status' | 'progress' | 'playable'>;

/**
 * The strong entity tag of a media resource at a version. How far the processing is makes it another one, but no
 * other version: who changes a media with If-Match does not lose to it.
 */
export function mediaEntityTag({ id, version, status, progress, playable }: Tagged): string {
  const standing = status === 'processing' ? `.${progress}${playable ? 'p' : ''}` : '';
  return `"${id}-${version}${standing}"`;
}

/**
 * The version that an If-Match header asks for (RFC 9110 section 13.1.1); null when any will do.
 * @throws MEDIA_CHANGED when none of the tags can be this media's: weak ones never match
 */
export function expectedVersion(id: string, ifMatch: string | undefined): number | null {
  if (ifMatch === undefined || ifMatch.trim() === '*') return null;
  const versions = ifMatch
    .split(',')
    .map((tag) => TAG.exec(tag.trim()))
    .filter((match) => match?.[1] === id.toLowerCase())
    .map((match) => Number(match?.[2]));
  const newest = Math.max(...versions);
  if (!Number.isInteger(newest)) throw mediaErrors.MEDIA_CHANGED();
  return newest;
}

/** Whether the client of a GET has this state already: weak comparison (RFC 9110 section 13.1.2). */
export function isCurrent(media: Tagged, ifNoneMatch: string | undefined): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(mediaEntityTag(media));
}
