import type { BitRates } from './bit-rates.js';
import type { KeyFrame } from './key-frames.js';

/** A media segment and the pictures in it that stand by themselves. */
export interface FrameSegment {
  /** Relative to the playlist. */
  uri: string;
  seconds: number;
  frames: readonly KeyFrame[];
}

export interface FramePlaylistContent {
  initUri: string;
  /** Units per second of the frames' times. */
  timescale: number;
  segments: readonly FrameSegment[];
  /** Nothing will be added. */
  ended: boolean;
}

interface FrameEntry extends KeyFrame {
  uri: string;
  /** Until the next one, or the end. */
  seconds: number;
}

/**
 * The I-frame playlist (RFC 8216bis, 4.4.3.6) over the segments of a rendition, by which players scrub and
 * show pictures while they seek.
 * @returns with the rates for EXT-X-I-FRAME-STREAM-INF; null when no segment has such a picture
 */
export function framePlaylist(content: FramePlaylistContent): { text: string; rates: BitRates } | null {
  const entries = frameEntries(content);
  if (entries.length === 0) return null;
  const target = Math.max(...entries.map(({ seconds }) => Math.round(seconds)), 1);
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${target}`,
    `#EXT-X-PLAYLIST-TYPE:${content.ended ? 'VOD' : 'EVENT'}`,
    '#EXT-X-I-FRAMES-ONLY',
    `#EXT-X-MAP:URI="${content.initUri}"`,
    ...entries.flatMap(({ uri, seconds, offset, sizeBytes }) => [
      `#EXTINF:${seconds.toFixed(6)},`,
      `#EXT-X-BYTERANGE:${sizeBytes}@${offset}`,
      uri,
    ]),
    ...(content.ended ? ['#EXT-X-ENDLIST'] : []),
  ];
  return { text: `${lines.join('\n')}\n`, rates: ratesOf(entries) };
}

function frameEntries({ segments, timescale }: FramePlaylistContent): FrameEntry[] {
  return segments.flatMap(({ uri, seconds, frames }) => {
    const begin = frames[0]?.time ?? 0;
    return frames.map((frame, at) => {
      const next = frames[at + 1];
      const end = next ? (next.time - begin) / timescale : seconds;
      return { ...frame, uri, seconds: end - (frame.time - begin) / timescale };
    });
  });
}

/** Each picture is a segment: the peak is the largest of any single one (RFC 8216bis, 4.4.6.3). */
function ratesOf(entries: readonly FrameEntry[]): BitRates {
  const bits = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes * 8, 0);
  const seconds = entries.reduce((sum, entry) => sum + entry.seconds, 0);
  const peak = Math.max(...entries.map((entry) => (entry.sizeBytes * 8) / entry.seconds));
  return { average: Math.ceil(bits / seconds), peak: Math.ceil(peak) };
}
