import { imageErrors } from '../../image.errors.js';
import type { OutputFormat, TransformParams } from '../transform-params.js';
import type { TransformSource } from '../transform-source.js';
import { canonicalColour } from './colour.js';

/** How a result is encoded. */
export interface CanonicalOutput {
  format: OutputFormat;
  /** Null when nothing is lost, and for PNG and GIF, which have none. */
  quality: number | null;
  /** Encoder effort on the scale of the format; null for those without. */
  effort: number | null;
  maxBytes?: number;
  /** Keeps Display P3 of a picture that has it. */
  colorspace?: 'p3';
  /** What is kept of the metadata: copyright and artist, or also how it was taken. Left out for nothing. */
  metadata?: 'copyright' | 'camera';
  /** `#rrggbb` behind all that is not opaque. */
  background?: string;
}

/** What decides about encoding besides the request. */
export interface OutputContext {
  format: OutputFormat;
  /** Of a frame. */
  pixels: number;
  frames: number;
  /** Whether anything is not opaque: transparency, padding, rounded corners. */
  translucent: boolean;
  source: TransformSource;
}

const defaultQuality: Readonly<Record<OutputFormat, number | null>> = {
  jpeg: 80,
  webp: 80,
  avif: 50,
  png: null,
  gif: null,
};

/**
 * AVIF effort 2 costs about 0.33 CPU s a megapixel (effort 4: 3), effort 0 0.08 for up to 8 % more bytes: large
 * pictures get the cheap one, so that no request holds a core for seconds.
 */
const avifEffortLimit = 2_000_000;

/** @throws TRANSFORM_INVALID when a format that always loses is to be lossless */
export function canonicalOutput(
  params: TransformParams,
  { format, pixels, frames, translucent, source }: OutputContext,
): CanonicalOutput {
  const lossless = isLossless(params, format);
  const metadata = metadataOf(params, format);
  return {
    format,
    quality: lossless ? null : qualityOf(params, format),
    effort: effortOf(format, pixels),
    ...(params.maxBytes !== undefined && { maxBytes: params.maxBytes }),
    ...(keepsP3(params, source) && format !== 'gif' && frames === 1 && { colorspace: 'p3' }),
    ...(metadata && { metadata }),
    ...(translucent && backgroundOf(params, format)),
  };
}

function qualityOf(params: TransformParams, format: OutputFormat): number | null {
  const known = defaultQuality[format];
  return known === null ? null : (params.quality ?? known);
}

function isLossless(params: TransformParams, format: OutputFormat): boolean {
  if (!params.lossless) return false;
  const alwaysLoses = format === 'jpeg' || format === 'gif';
  // A format that was negotiated must not make the request fail.
  if (alwaysLoses && params.format === format) {
    throw imageErrors.TRANSFORM_INVALID(`There is no lossless ${format}.`);
  }
  return !alwaysLoses;
}

/** @returns the encoder effort that a request pays for: AVIF 0 to 9, WebP 0 to 6, GIF 1 to 10 */
function effortOf(format: OutputFormat, pixels: number): number | null {
  switch (format) {
    case 'avif':
      return pixels <= avifEffortLimit ? 2 : 0;
    case 'webp':
      return 4;
    case 'gif':
      return 4;
    case 'jpeg':
    case 'png':
      return null;
  }
}

function keepsP3(params: TransformParams, source: TransformSource): boolean {
  return params.colorspace === 'p3' && /display p3/i.test(source.iccName ?? '');
}

function metadataOf(params: TransformParams, format: OutputFormat): 'copyright' | 'camera' | null {
  if (format === 'gif') return null;
  if (params.strip === false) return 'camera';
  return params.keepCopyright === false ? null : 'copyright';
}

/** JPEG can hold no transparency: white is behind it unless told otherwise. */
function backgroundOf({ background }: TransformParams, format: OutputFormat): { background?: string } {
  if (background !== undefined) return { background: canonicalColour(background) };
  return format === 'jpeg' ? { background: '#ffffff' } : {};
}
