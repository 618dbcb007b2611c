import type { TransformFit } from '../transform-params.js';
import type { Size } from './size.js';

/** A box in output pixels, and how a picture meets it. */
export interface Box {
  width?: number;
  height?: number;
  fit: TransformFit;
  enlarge?: true;
}

/** The pixels of the result, and those of the whole picture within, beneath or beyond it. */
export interface FittedSize {
  canvas: Size;
  picture: Size;
}

/**
 * Turns a box into output pixels. Unless the box says so, `source` is never enlarged: where it would be, the result
 * is smaller and keeps the aspect of the box (or, with `pad`, its size).
 */
export function fitSize(box: Box, source: Size): FittedSize {
  const { width, height, fit } = box;
  const most = box.enlarge ? Infinity : 1;
  if (width === undefined && height === undefined) return whole(source, 1);
  if (width === undefined || height === undefined) {
    const scale = width === undefined ? (height ?? 0) / source.height : width / source.width;
    return whole(source, Math.min(scale, most));
  }
  const across = width / source.width;
  const down = height / source.height;
  const least = Math.min(across, down);
  const greatest = Math.max(across, down);
  switch (fit) {
    case 'inside':
      return whole(source, Math.min(least, most));
    case 'outside':
      return whole(source, Math.min(greatest, most));
    case 'cover':
      return covering(scaled({ width, height }, Math.min(1, most / greatest)), source);
    case 'fill': {
      const canvas = scaled({ width, height }, Math.min(1, most / greatest));
      return { canvas, picture: canvas };
    }
    case 'contain':
      // The picture, not its padding, is what must not be enlarged.
      return contained(scaled({ width, height }, Math.min(1, most / least)), source, most);
    case 'pad':
      return contained(scaled({ width, height }, 1), source, most);
  }
}

function whole(source: Size, scale: number): FittedSize {
  const canvas = scaled(source, scale);
  return { canvas, picture: canvas };
}

function covering(canvas: Size, source: Size): FittedSize {
  const scale = Math.max(canvas.width / source.width, canvas.height / source.height);
  const { width, height } = scaled(source, scale);
  const picture = { width: Math.max(width, canvas.width), height: Math.max(height, canvas.height) };
  return { canvas, picture };
}

function contained(canvas: Size, source: Size, most: number): FittedSize {
  const scale = Math.min(canvas.width / source.width, canvas.height / source.height, most);
  const { width, height } = scaled(source, scale);
  const picture = { width: Math.min(width, canvas.width), height: Math.min(height, canvas.height) };
  return { canvas, picture };
}

function scaled({ width, height }: Size, factor: number): Size {
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}
