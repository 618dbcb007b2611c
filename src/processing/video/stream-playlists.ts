import { measureBitRates } from './bit-rates.js';
import { segmentFile, type MediaStream, type StreamInit, type StreamRendition } from './media-stream.js';
import type { MasterContent } from './render-master.js';
import { renderMedia } from './render-media.js';

/** Where a rendition's playlist is within its directory. */
export const playlistName = 'index.m3u8';

/** Of the generation, so that the bytes under a name never change. */
export function segmentUri(generation: number, number: number): string {
  return `g${generation}-${segmentFile(number)}`;
}

export function initUri(generation: number, { number }: StreamInit): string {
  return `g${generation}-init${number}.mp4`;
}

/** Of the generation too: another run has other keys. */
function keyUri(generation: number): string {
  return `g${generation}.key`;
}

/** Keys of the objects that the playlists of a rendition name, by their URIs in them. */
export function streamFileKeys(
  { generation }: Pick<MediaStream, 'generation'>,
  { segments }: Pick<StreamRendition, 'segments'>,
): Map<string, string> {
  return new Map(
    segments.flatMap(({ number, key, init }) => [
      [initUri(generation, init), init.key],
      [segmentUri(generation, number), key],
    ]),
  );
}

/** The media playlist of a rendition as far as it can be played. */
export function mediaPlaylist(
  { generation, targetSeconds }: Pick<MediaStream, 'generation' | 'targetSeconds'>,
  { segments, ended, key }: StreamRendition,
): string {
  return renderMedia({
    targetSeconds,
    ended,
    keyUri: key && keyUri(generation),
    segments: segments.map(({ number, seconds, init }) => ({
      uri: segmentUri(generation, number),
      seconds,
      initUri: initUri(generation, init),
    })),
  });
}

/**
 * What the multivariant playlist says of a stream. While it grows nothing is known of what is still to come but
 * the cap of its bit rate, which the peak may exceed by what the encoder's buffer holds; in the end all is measured.
 */
export function masterContent(stream: MediaStream): MasterContent {
  const { targetSeconds, frameRate } = stream;
  return {
    frameRate,
    variants: stream.video.map(({ name, codec, segments, ended, rung }) => {
      const { average, peak } = measureBitRates(segments, targetSeconds);
      const likely = ended ? 0 : rung.bitrateKbps * 1000;
      return {
        uri: `${name}/${playlistName}`,
        codec,
        width: rung.width,
        height: rung.height,
        rates: { average, peak: Math.max(peak, likely) },
      };
    }),
    audio: stream.audio.map(({ name, codec, segments, track }, at) => ({
      uri: `${name}/${playlistName}`,
      codec,
      channels: track.channels,
      rates: measureBitRates(segments, targetSeconds),
      name: track.title ?? 'Audio',
      language: track.language ?? 'und',
      isDefault: at === 0,
    })),
  };
}
