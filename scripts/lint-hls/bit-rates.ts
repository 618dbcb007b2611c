import type { Rendition } from './presentation.ts';

/** RFC 8216bis, 4.1: the largest rate of any run of segments that lasts 0.5 to 1.5 target durations. */
export function peakBitRate({ segments, playlist: { targetSeconds } }: Rendition): number {
  let peak = 0;
  for (let first = 0; first < segments.length; first += 1) {
    let seconds = 0;
    let bits = 0;
    for (const segment of segments.slice(first)) {
      seconds += segment.seconds;
      bits += segment.sizeBytes * 8;
      if (seconds > 1.5 * targetSeconds) break;
      if (seconds >= 0.5 * targetSeconds) peak = Math.max(peak, bits / seconds);
    }
  }
  return peak === 0 ? averageBitRate({ segments }) : peak;
}

export function averageBitRate({ segments }: Pick<Rendition, 'segments'>): number {
  const bits = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes * 8, 0);
  const seconds = segments.reduce((sum, segment) => sum + segment.seconds, 0);
  return seconds > 0 ? bits / seconds : 0;
}
