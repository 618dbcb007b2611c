import { imageErrors } from '../image.errors.js';
import type { GeometryOnCanvas } from './geometry/resolve-geometry.js';
import type { OutputFormat } from './transform-params.js';

/** What the format itself can hold: WebP 14 bits, AV1 in this build 16384, JPEG and GIF 16 bits. */
const maxSide: Readonly<Record<OutputFormat, number>> = {
  jpeg: 65_535,
  webp: 16_383,
  avif: 16_384,
  png: 65_535,
  gif: 65_535,
};

export interface OutputBounds {
  format: OutputFormat;
  frames: number;
  /** Counting all frames. */
  maxOutputPixels: number;
}

/** @throws TRANSFORM_INVALID when a result would be larger than allowed or than its format holds */
export function assertOutput({ canvas, geometry }: GeometryOnCanvas, bounds: OutputBounds): void {
  const { format, frames, maxOutputPixels } = bounds;
  const pixels = canvas.width * canvas.height * frames;
  if (pixels > maxOutputPixels) {
    const counted = frames === 1 ? '' : ` over ${frames} frames`;
    throw imageErrors.TRANSFORM_INVALID(
      `The output would have ${pixels} pixels${counted}; ${maxOutputPixels} in all are allowed.`,
    );
  }
  if (Math.max(canvas.width, canvas.height) > maxSide[format]) {
    throw imageErrors.TRANSFORM_INVALID(`A side of ${format} can have ${maxSide[format]} pixels at most.`);
  }
  assertBehindCanvas(geometry.picture, maxOutputPixels);
}

/** Far above any original that is let in: only an enlarged sliver gets there. */
function assertBehindCanvas(
  picture: { width: number; height: number } | undefined,
  maxOutputPixels: number,
): void {
  if (picture && picture.width * picture.height > 10 * maxOutputPixels) {
    throw imageErrors.TRANSFORM_INVALID('The picture is too narrow to be enlarged this far.');
  }
}
