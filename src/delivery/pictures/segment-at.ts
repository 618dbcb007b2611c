/** A segment and where in it a time is. */
export interface SegmentPosition<S> {
  segment: S;
  offsetSeconds: number;
  /** The time lies behind all segments: the position is the end of the last. */
  beyond: boolean;
}

/** The segment that plays at a time; null when there is none at all. */
export function segmentAt<S extends { seconds: number }>(
  segments: readonly S[],
  seconds: number,
): SegmentPosition<S> | null {
  let start = 0;
  for (const segment of segments) {
    if (seconds < start + segment.seconds) {
      return { segment, offsetSeconds: Math.max(0, seconds - start), beyond: false };
    }
    start += segment.seconds;
  }
  const last = segments.at(-1);
  return last ? { segment: last, offsetSeconds: last.seconds, beyond: true } : null;
}
