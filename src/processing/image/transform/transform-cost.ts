import type { CanonicalTransform } from './canonical-transform.js';
import { turnedSize } from './geometry/turn.js';
import { maxEncodes } from './render/max-bytes.js';
import type { TransformSource } from './transform-source.js';

/**
 * What a transform will cost, in milliseconds of one core of the machine on which it was measured (a 2-core x86-64
 * server, sharp 0.35.5 with one thread a picture, photos of 1 to 24 megapixels): compare costs with one another
 * and with a budget, not with a clock. Real costs were from half to twice the estimate.
 *
 * | per megapixel of the original | | per megapixel of the result | |
 * |---|---|---|---|
 * | JPEG, whole · shrunk by 2, 4, 8 while decoding | 20 · 8 · 3.7 · 2.5 | JPEG · PNG · GIF | 9 · 55 · 440 |
 * | PNG, GIF, TIFF · WebP | 12 · 13 | WebP effort 0 · 2 · 4 · 6 | 29 · 45 · 93 · 220 |
 * | AVIF | 40 | AVIF effort 0 · 1 · 2 · 3 · 4 | 76 · 198 · 316 · 573 · 2169 |
 * | | | lossless WebP · AVIF, times lossy | 6 · 2.5 |
 *
 * and per megapixel of the result: blur 3 + 0.6 σ, sharpen 65 + 7 σ, brightness, saturation and hue 58 together, gamma,
 * contrast, tint, negate, pixelate 11 each, an overlay 25. Trimming decodes once more. Frames multiply all but the start.
 * A search for `maxBytes` encodes at most `maxEncodes` times, and is counted so.
 */
export function transformCost(canonical: CanonicalTransform, source: TransformSource): number {
  const frames = canonical.frames ?? 1;
  const pixels = megapixels(canonical);
  const passes = canonical.trim === undefined ? 1 : 2;
  const encodes = canonical.maxBytes === undefined || canonical.quality === null ? 1 : maxEncodes;
  return (
    1 +
    frames *
      (passes * megapixels(source) * decodeCost(canonical, source) +
        pixels * (effectsCost(canonical) + encodes * encodeCost(canonical)))
  );
}

function megapixels({ width, height }: { width: number; height: number }): number {
  return (width * height) / 1_000_000;
}

/** A JPEG is decoded at an eighth, a quarter or half its size when nothing but the whole picture, smaller, is wanted. */
function decodeCost(canonical: CanonicalTransform, source: TransformSource): number {
  switch (source.format) {
    case 'jpeg':
      return jpegDecodeCost(shrinkOf(canonical, source));
    case 'png':
    case 'gif':
    case 'tiff':
      return 12;
    case 'webp':
      return 13;
    default:
      return 40;
  }
}

/** By how much the picture is made smaller while it is decoded: 1 when that is not possible. */
function shrinkOf(canonical: CanonicalTransform, source: TransformSource): number {
  if (canonical.crop || canonical.deferred) return 1;
  const picture = turnedSize(canonical, canonical.picture ?? canonical);
  return Math.min(source.width / picture.width, source.height / picture.height);
}

/** sharp steps down to the next power when the whole part of the factor is just that (libjpeg rounds sides up). */
function jpegDecodeCost(shrink: number): number {
  if (shrink >= 9) return 2.5;
  if (shrink >= 5) return 3.7;
  return shrink >= 3 ? 8 : 20;
}

function effectsCost(canonical: CanonicalTransform): number {
  const { blur, sharpen, brightness, saturation, hue, watermark, text, radius } = canonical;
  const perPixel = [
    canonical.gamma,
    canonical.contrast,
    canonical.tint,
    canonical.negate,
    canonical.pixelate,
  ];
  return (
    (blur === undefined ? 0 : 3 + 0.6 * blur) +
    (sharpen === undefined ? 0 : 65 + 7 * sharpen) +
    ((brightness ?? saturation ?? hue) === undefined ? 0 : 58) +
    11 * perPixel.filter((effect) => effect !== undefined).length +
    25 * [watermark, text, radius].filter((overlay) => overlay !== undefined).length
  );
}

const webpCosts = [29, 37, 45, 69, 93, 150, 220];
const avifCosts = [76, 198, 316, 573, 2169];
/** Efforts beyond those measured, which no request gets: each at least doubles. */
const beyondMeasured = 6000;

function encodeCost({ format, quality, effort }: CanonicalTransform): number {
  switch (format) {
    case 'jpeg':
      return 9;
    case 'png':
      return 55;
    case 'gif':
      return 440;
    case 'webp':
      return (webpCosts[effort ?? 4] ?? beyondMeasured) * (quality === null ? 6 : 1);
    case 'avif':
      return (avifCosts[effort ?? 2] ?? beyondMeasured) * (quality === null ? 2.5 : 1);
  }
}
