import { mediaErrors } from './media.errors.js';

/** How the OpenAPI document describes the header. */
export const entityTagHeader = {
  ETag: { description: 'For If-None-Match and If-Match', schema: { type: 'string' } },
} as const;

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
  const prefix = `"${id}-`;
  const versions = ifMatch
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag.startsWith(prefix))
    .map((tag) => Number(tag.slice(prefix.length, -1)));
  const newest = Math.max(...versions);
  if (!Number.isInteger(newest)) throw mediaErrors.MEDIA_CHANGED();
  return newest;
}
