import { createHash } from 'node:crypto';
import { imageErrors } from '../image.errors.js';
import { resolveSize } from './resolve-size.js';
import type {
  OutputFormat,
  TransformParams,
  TransformPosition,
  TransformRotation,
} from './transform-params.js';

/** The picture a transform starts from: pixels as displayed. */
export interface TransformSource {
  width: number;
  height: number;
  hasAlpha: boolean;
}

/**
 * A request with all defaults filled in, sizes in real pixels and all that makes no difference left out, so
 * that requests for the same bytes are equal, and so are their hashes.
 */
export interface CanonicalTransform {
  format: OutputFormat;
  /** Null for PNG, which is lossless. */
  quality: number | null;
  width: number;
  height: number;
  /** `fill` whenever the whole picture is shown; the size then already has its aspect. */
  fit: 'cover' | 'contain' | 'fill';
  position: TransformPosition | null;
  /** `#rrggbb`, or null for none (transparent padding). */
  background: string | null;
  rotate: TransformRotation;
  blur: number | null;
  sharpen: number | null;
  grayscale: boolean;
}

/** Raise when the same canonical transform would give another picture than before. */
const engineVersion = 1;

const defaultQuality: Readonly<Record<OutputFormat, number | null>> = {
  jpeg: 80,
  webp: 80,
  avif: 50,
  png: null,
};

/** What the format itself can hold: WebP 14 bits, AV1 in this build 16384, JPEG 16 bits. */
const maxSide: Readonly<Record<OutputFormat, number>> = {
  jpeg: 65_535,
  webp: 16_383,
  avif: 16_384,
  png: 65_535,
};

/**
 * Resolves a request against a picture. Never enlarges: a box that is larger than the picture shrinks, keeping its
 * aspect.
 * @param options.negotiated the format that `auto` (and no format) stands for
 * @throws TRANSFORM_INVALID when the output would be larger than `maxOutputPixels` or than its format allows
 */
export function canonicalTransform(
  params: TransformParams,
  source: TransformSource,
  options: { negotiated: OutputFormat; maxOutputPixels: number },
): CanonicalTransform {
  const format = !params.format || params.format === 'auto' ? options.negotiated : params.format;
  const rotate = params.rotate ?? 0;
  const upright = rotate % 180 === 0 ? source : { width: source.height, height: source.width };
  const { width, height, fit } = resolveSize(params, upright);
  assertOutput({ width, height, format }, options.maxOutputPixels);
  const hasBackdrop = source.hasAlpha || fit === 'contain';
  return {
    format,
    quality: format === 'png' ? null : (params.quality ?? defaultQuality[format]),
    width,
    height,
    fit,
    position: fit === 'fill' ? null : positionOf(params.position ?? 'centre', fit),
    background: hasBackdrop ? backgroundOf(params.background, format) : null,
    rotate,
    blur: params.blur ?? null,
    sharpen: params.sharpen ?? null,
    grayscale: params.grayscale ?? false,
  };
}

/** 32 hex digits that name the result of a transform; usable as variant name and cache key within one media. */
export function transformHash(canonical: CanonicalTransform): string {
  const fields = Object.entries(canonical).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([engineVersion, fields]))
    .digest('hex')
    .slice(0, 32);
}

function assertOutput(
  { width, height, format }: { width: number; height: number; format: OutputFormat },
  maxOutputPixels: number,
): void {
  if (width * height > maxOutputPixels) {
    throw imageErrors.TRANSFORM_INVALID(
      `The output would have ${width} × ${height} pixels; ${maxOutputPixels} in all are allowed.`,
    );
  }
  if (Math.max(width, height) > maxSide[format]) {
    throw imageErrors.TRANSFORM_INVALID(`A side of ${format} can have ${maxSide[format]} pixels at most.`);
  }
}

/** Padding can't look for what matters. */
function positionOf(position: TransformPosition, fit: 'cover' | 'contain'): TransformPosition {
  return fit === 'contain' && (position === 'attention' || position === 'entropy') ? 'centre' : position;
}

function backgroundOf(background: string | undefined, format: OutputFormat): string | null {
  if (background === undefined) return format === 'jpeg' ? '#ffffff' : null;
  const digits = background.replace('#', '').toLowerCase();
  return `#${digits.length === 3 ? digits.replace(/./g, '$&$&') : digits}`;
}
