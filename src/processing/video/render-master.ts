import { type Fraction, toNumber } from '../ffmpeg/index.js';
import type { BitRates } from './bit-rates.js';

/** What the multivariant playlist says of one rendition of the pictures. */
export interface MasterVariant {
  /** Relative to the multivariant playlist. */
  uri: string;
  codec: string;
  width: number;
  height: number;
  rates: BitRates;
}

/** A rendition of the sound; all of them are in one group. */
export interface MasterAudio {
  uri: string;
  codec: string;
  channels: number;
  rates: BitRates;
  name: string;
  /** BCP 47; `und` where it is not known (Apple HLS Authoring Specification, 8.10). */
  language: string;
  isDefault: boolean;
}

/** All that the multivariant playlist says. */
export interface MasterContent {
  variants: readonly MasterVariant[];
  audio: readonly MasterAudio[];
  frameRate: Fraction;
  /** Further `#EXT-X-MEDIA` lines, as of subtitles. */
  media?: readonly string[];
  /** Attributes that every variant gets, as `SUBTITLES="subs"`. */
  variantAttributes?: readonly string[];
  /** Lines at the end, as `#EXT-X-I-FRAME-STREAM-INF`. */
  trailing?: readonly string[];
}

/** Apple HLS Authoring Specification 9.4…: players start with the first variant. */
const firstVariantBitsPerSecond = 2_000_000;

/**
 * The multivariant playlist (RFC 8216, 4.3.4), relative URIs only, so that a signed prefix covers it all.
 * Written here and not by ffmpeg, which neither measures BANDWIDTH nor reads CODECS from what it encoded.
 */
export function renderMaster({
  variants,
  audio,
  frameRate,
  media = [],
  variantAttributes = [],
  trailing = [],
}: MasterContent): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS'];
  lines.push(...audio.map(audioLine), ...media);
  // Any of them may play beside any variant: what counts is the largest.
  const peak = Math.max(0, ...audio.map(({ rates }) => rates.peak));
  const average = Math.max(0, ...audio.map(({ rates }) => rates.average));
  const audioCodecs = [...new Set(audio.map(({ codec }) => codec))];
  for (const variant of startingWithMedium(variants)) {
    const attributes = [
      `BANDWIDTH=${variant.rates.peak + peak}`,
      `AVERAGE-BANDWIDTH=${variant.rates.average + average}`,
      `CODECS="${[variant.codec, ...audioCodecs].join(',')}"`,
      `RESOLUTION=${variant.width}x${variant.height}`,
      `FRAME-RATE=${toNumber(frameRate).toFixed(3)}`,
      ...(audio.length > 0 ? ['AUDIO="audio"'] : []),
      ...variantAttributes,
    ];
    lines.push(`#EXT-X-STREAM-INF:${attributes.join(',')}`, variant.uri);
  }
  lines.push(...trailing);
  return `${lines.join('\n')}\n`;
}

function audioLine({ name, language, isDefault, channels, uri }: MasterAudio): string {
  const attributes = [
    'TYPE=AUDIO',
    'GROUP-ID="audio"',
    `NAME="${name}"`,
    `LANGUAGE="${language}"`,
    `DEFAULT=${isDefault ? 'YES' : 'NO'}`,
    'AUTOSELECT=YES',
    `CHANNELS="${channels}"`,
    `URI="${uri}"`,
  ];
  return `#EXT-X-MEDIA:${attributes.join(',')}`;
}

/** The variant nearest to 2 Mb/s first, the others in their order. */
function startingWithMedium(variants: readonly MasterVariant[]): MasterVariant[] {
  const distance = ({ rates }: MasterVariant) => Math.abs(rates.average - firstVariantBitsPerSecond);
  const first = variants.toSorted((a, b) => distance(a) - distance(b))[0];
  return first ? [first, ...variants.filter((variant) => variant !== first)] : [];
}
