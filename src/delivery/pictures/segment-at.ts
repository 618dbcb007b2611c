/** A segment and where in it a time is. */
export interface SegmentPosition {
  uri: string;
  offsetSeconds: number;
}

/** The segment that plays at a time; a time beyond the last is at the end of that. Null when there is none. */
export function segmentAt(
  segments: readonly { uri: string; seconds: number }[],
  seconds: number,
): SegmentPosition | null {
  let start = 0;
  let position: SegmentPosition | null = null;
  for (const segment of segments) {
    position = { uri: segment.uri, offsetSeconds: Math.min(Math.max(0, seconds - start), segment.seconds) };
    start += segment.seconds;
    if (seconds < start) break;
  }
  return position;
}
