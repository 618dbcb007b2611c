/** What may pass beside the film itself until it is over: pauses, and the time that a playlist was cached. */
const slackSeconds = 3600;
/** URLs that are made within so long are equal, so that they can be cached, and growing playlists keep them. */
const windowSeconds = 3600;
/** What AWS Signature Version 4 allows. */
const longestSeconds = 7 * 24 * 3600;

/** How long a playlist with presigned URLs may be cached: well within the slack. */
export const presignedMaxAgeSeconds = 300;

/** When presigned URLs begin to hold, in whole seconds since 1970, and for how long. */
export interface UrlLifetime {
  signedAt: number;
  expiresInSeconds: number;
}

export interface Viewing {
  /** Seconds since 1970, as all moments here. */
  now: number;
  /** When the stream was planned: windows are counted from it, so that what is done within one keeps its URLs. */
  plannedAt: number;
  filmSeconds: number;
  /** When the right to look ends, where that is known: of a signed URL. */
  until: number | null;
}

/**
 * The URLs that a playlist is to have now: they hold at least for the film and an hour, but no longer than the right
 * to look at it.
 */
export function urlLifetime({ now, plannedAt, filmSeconds, until }: Viewing): UrlLifetime {
  const start = Math.floor(plannedAt);
  const signedAt = start + Math.floor((now - start) / windowSeconds) * windowSeconds;
  const wanted = windowSeconds + Math.ceil(filmSeconds) + slackSeconds;
  const allowed = until === null ? Infinity : Math.floor(until) - signedAt;
  return { signedAt, expiresInSeconds: Math.max(1, Math.min(wanted, allowed, longestSeconds)) };
}
