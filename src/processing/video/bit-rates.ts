/** A segment that was made. */
export interface MeasuredSegment {
  seconds: number;
  sizeBytes: number;
}

export interface BitRates {
  /** Bits per second over the whole. */
  average: number;
  /** RFC 8216, 4.1: the largest of any run of segments that lasts 0.5 to 1.5 target durations. */
  peak: number;
}

/** @param targetSeconds EXT-X-TARGETDURATION; where everything is shorter than half of it, the peak is the average */
export function measureBitRates(segments: readonly MeasuredSegment[], targetSeconds: number): BitRates {
  const total = segments.reduce(
    (sum, { seconds, sizeBytes }) => ({ seconds: sum.seconds + seconds, bytes: sum.bytes + sizeBytes }),
    { seconds: 0, bytes: 0 },
  );
  const average = rate(total.bytes, total.seconds);
  let peak = average;
  for (let first = 0; first < segments.length; first += 1) {
    let seconds = 0;
    let bytes = 0;
    for (const segment of segments.slice(first, first + maxRun)) {
      seconds += segment.seconds;
      bytes += segment.sizeBytes;
      if (seconds > 1.5 * targetSeconds) break;
      if (seconds >= 0.5 * targetSeconds) peak = Math.max(peak, rate(bytes, seconds));
    }
  }
  return { average, peak };
}

/** Segments but the last are of one length, near the target: more of them never fit into a run. */
const maxRun = 4;

function rate(bytes: number, seconds: number): number {
  return seconds > 0 ? Math.ceil((bytes * 8) / seconds) : 0;
}
