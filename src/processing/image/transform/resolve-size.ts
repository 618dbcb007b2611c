import type { TransformParams } from './transform-params.js';

interface Size {
  width: number;
  height: number;
}

/** Output pixels, and how the picture fills them. */
export interface ResolvedSize extends Size {
  fit: 'cover' | 'contain' | 'fill';
}

/**
 * Turns a requested box into output pixels without ever enlarging `source`. With one side, or with a
 * fit that keeps the whole picture, the result has the picture's aspect and the fit becomes `fill`.
 */
export function resolveSize(params: TransformParams, source: Size): ResolvedSize {
  const dpr = params.dpr ?? 1;
  const width = params.width === undefined ? undefined : params.width * dpr;
  const height = params.height === undefined ? undefined : params.height * dpr;
  if (width === undefined && height === undefined) return { ...source, fit: 'fill' };
  if (width === undefined || height === undefined) {
    const scale = width === undefined ? (height ?? 0) / source.height : width / source.width;
    return whole(source, scale);
  }
  return resolveBox(params.fit ?? 'cover', { width, height }, source);
}

function resolveBox(fit: NonNullable<TransformParams['fit']>, box: Size, source: Size): ResolvedSize {
  const across = box.width / source.width;
  const down = box.height / source.height;
  switch (fit) {
    case 'inside':
      return whole(source, Math.min(across, down));
    case 'outside':
      return whole(source, Math.max(across, down));
    case 'cover':
    case 'fill':
      // Both sides of the box must be covered by real pixels.
      return cropped(fit, scaled(box, 1 / Math.max(across, down, 1)), source);
    case 'contain':
      // The picture, not its padding, is what must not be enlarged.
      return cropped(fit, scaled(box, 1 / Math.max(Math.min(across, down), 1)), source);
  }
}

function whole(source: Size, scale: number): ResolvedSize {
  return { ...scaled(source, Math.min(scale, 1)), fit: 'fill' };
}

/** A box with the very aspect of the picture neither crops nor pads. */
function cropped(fit: 'cover' | 'fill' | 'contain', box: Size, source: Size): ResolvedSize {
  const same = box.width * source.height === box.height * source.width;
  return { ...box, fit: same ? 'fill' : fit };
}

function scaled({ width, height }: Size, factor: number): Size {
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}
