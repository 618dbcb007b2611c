import type { BitRates } from '../video/bit-rates.js';

/** Directory of the one rendition, within the stream's. */
export const audioRendition = 'audio';
export const audioMasterName = 'master.m3u8';
export const audioPlaylistName = 'index.m3u8';

/** The multivariant playlist of sound alone: one variant without pictures (RFC 8216, 4.3.4.2). */
export function audioMaster({ codec, rates }: { codec: string; rates: BitRates }): string {
  const attributes = [`BANDWIDTH=${rates.peak}`, `AVERAGE-BANDWIDTH=${rates.average}`, `CODECS="${codec}"`];
  return [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    `#EXT-X-STREAM-INF:${attributes.join(',')}`,
    `${audioRendition}/${audioPlaylistName}`,
    '',
  ].join('\n');
}

/** Content type of a file of the stream; null for names that are not written there. */
export function audioStreamType(path: string): string | null {
  if (/^(?:master|audio\/index)\.m3u8$/.test(path)) return 'application/vnd.apple.mpegurl';
  if (path === 'audio/init.mp4') return 'audio/mp4';
  return /^audio\/\d{5,}\.m4s$/.test(path) ? 'video/iso.segment' : null;
}
