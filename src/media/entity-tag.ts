import { mediaErrors } from './media.errors.js';

/** How the OpenAPI document describes the header. */
export const entityTagHeader = {
  ETag: { description: 'For If-None-Match and If-Match', schema: { type: 'string' } },
} as const;

const TAG = /^"([0-9a-f-]{36})-(\d{1,10})"$/;

/** The strong entity tag of a media resource at a version. */
export function mediaEntityTag({ id, version }: { id: string; version: number }): string {
  return `"${id}-${version}"`;
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
export function isCurrent(media: { id: string; version: number }, ifNoneMatch: string | undefined): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(mediaEntityTag(media));
}
