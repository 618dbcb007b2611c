import { type Fraction, toNumber } from '../ffmpeg/index.js';
import type { BitRates } from './bit-rates.js';

/** What a playlist says of one rendition, all of it measured. */
export interface PlaylistVariant {
  /** Relative to the multivariant playlist. */
  uri: string;
  codec: string;
  width: number;
  height: number;
  rates: BitRates;
}

export interface PlaylistAudio {
  uri: string;
  codec: string;
  channels: number;
  rates: BitRates;
}

export interface MultivariantContent {
  variants: readonly PlaylistVariant[];
  audio: PlaylistAudio | null;
  frameRate: Fraction;
}

/** Apple HLS Authoring Specification 9.4…: players start with the first variant. */
const firstVariantBitsPerSecond = 2_000_000;

/**
 * The multivariant playlist (RFC 8216, 4.3.4), relative URIs only, so that a signed prefix covers it all.
 * Written here and not by ffmpeg, which neither measures BANDWIDTH nor reads CODECS from what it encoded.
 */
export function multivariantPlaylist({ variants, audio, frameRate }: MultivariantContent): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS'];
  if (audio) {
    const attributes = ['TYPE=AUDIO', 'GROUP-ID="audio"', 'NAME="Audio"', 'DEFAULT=YES', 'AUTOSELECT=YES'];
    lines.push(`#EXT-X-MEDIA:${attributes.join(',')},CHANNELS="${audio.channels}",URI="${audio.uri}"`);
  }
  for (const variant of startingWithMedium(variants)) {
    const attributes = [
      `BANDWIDTH=${variant.rates.peak + (audio?.rates.peak ?? 0)}`,
      `AVERAGE-BANDWIDTH=${variant.rates.average + (audio?.rates.average ?? 0)}`,
      `CODECS="${[variant.codec, audio?.codec].filter(Boolean).join(',')}"`,
      `RESOLUTION=${variant.width}x${variant.height}`,
      `FRAME-RATE=${toNumber(frameRate).toFixed(3)}`,
      ...(audio ? ['AUDIO="audio"'] : []),
    ];
    lines.push(`#EXT-X-STREAM-INF:${attributes.join(',')}`, variant.uri);
  }
  return `${lines.join('\n')}\n`;
}

/** The variant nearest to 2 Mb/s first, the others in their order. */
function startingWithMedium(variants: readonly PlaylistVariant[]): PlaylistVariant[] {
  const distance = ({ rates }: PlaylistVariant) => Math.abs(rates.average - firstVariantBitsPerSecond);
  const first = variants.toSorted((a, b) => distance(a) - distance(b))[0];
  return first ? [first, ...variants.filter((variant) => variant !== first)] : [];
}
