import type { SignRequest } from '../security/index.js';

const PAGE = 'watch';
/** Refers to its sheets, which are beside it. */
const STORYBOARD = 'storyboard/storyboard.vtt';
/** Ways to play a video: whoever has one may have all of them; see `streamResource`. */
const streams: ReadonlySet<string> = new Set(['hls/master.m3u8', 'dash/manifest.mpd', PAGE]);

/** What a token for a target covers. */
export function signedResource(mediaId: string, target: string): Omit<SignRequest, 'expiresAtSeconds'> {
  const base = `/v1/media/${mediaId}/`;
  if (streams.has(target)) return { resource: `${base}hls/`, scope: 'prefix' };
  if (target === STORYBOARD) return { resource: `${base}storyboard/`, scope: 'prefix' };
  return { resource: base + target, scope: 'exact' };
}

/**
 * Path of a target by its token. That of the page is in the fragment, which browsers keep to themselves: the page
 * is the same for everybody, and it is the page that asks with it.
 */
export function signedPath(mediaId: string, target: string, token: string): string {
  return target === PAGE ? `/watch/${mediaId}#${token}` : `/v1/signed/${token}/media/${mediaId}/${target}`;
}
