import type { BitRates } from './bit-rates.js';
import type { MediaStream, StreamRendition } from './media-stream.js';
import { initUri, segmentUri } from './stream-playlists.js';

/** Where a rendition's I-frame playlist is within its directory. */
export const framePlaylistName = 'frames.m3u8';

/**
 * The I-frame playlist of a rendition (RFC 8216bis, 4.4.3.6), by which players scrub: of every segment its
 * beginning, up to the end of the IDR picture that it starts with. A segment is one fragment, so that the second
 * IDR picture of it can not be had without all before it.
 */
export function framePlaylist(
  { generation }: Pick<MediaStream, 'generation'>,
  { segments, ended }: Pick<StreamRendition, 'segments' | 'ended'>,
): string {
  const target = Math.max(1, ...segments.map(({ seconds }) => Math.round(seconds)));
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${target}`,
    '#EXT-X-MEDIA-SEQUENCE:1',
    `#EXT-X-PLAYLIST-TYPE:${ended ? 'VOD' : 'EVENT'}`,
    '#EXT-X-I-FRAMES-ONLY',
  ];
  let map = '';
  for (const { number, seconds, keyBytes, init } of segments) {
    const uri = initUri(generation, init);
    if (uri !== map) lines.push(`#EXT-X-MAP:URI="${uri}"`);
    map = uri;
    lines.push(`#EXTINF:${seconds.toFixed(6)},`, `#EXT-X-BYTERANGE:${keyBytes}@0`);
    lines.push(segmentUri(generation, number));
  }
  if (ended) lines.push('#EXT-X-ENDLIST');
  return `${lines.join('\n')}\n`;
}

/** The line of the multivariant playlist that names it (RFC 8216bis, 4.4.6.3). */
export function frameStreamLine(rendition: MediaStream['video'][number]): string {
  const { name, codec, rung } = rendition;
  const { peak, average } = frameRates(rendition);
  const attributes = [
    `BANDWIDTH=${peak}`,
    `AVERAGE-BANDWIDTH=${average}`,
    `CODECS="${codec}"`,
    `RESOLUTION=${rung.width}x${rung.height}`,
    `URI="${name}/${framePlaylistName}"`,
  ];
  return `#EXT-X-I-FRAME-STREAM-INF:${attributes.join(',')}`;
}

/** Each picture is a segment of its own: the peak is the largest of any. */
function frameRates({ segments }: Pick<StreamRendition, 'segments'>): BitRates {
  const bits = segments.reduce((sum, { keyBytes }) => sum + keyBytes * 8, 0);
  const seconds = segments.reduce((sum, segment) => sum + segment.seconds, 0);
  const peak = Math.max(0, ...segments.map((segment) => (segment.keyBytes * 8) / segment.seconds));
  return { average: seconds > 0 ? Math.ceil(bits / seconds) : 0, peak: Math.ceil(peak) };
}
