import type { Size } from '../geometry/size.js';

/** Grey and alpha. */
export const maskChannels = 2;

/**
 * A mask whose corners are quarters of a circle: alpha is the part of each pixel within. Sizes in pixels; the radius
 * is at most half the shorter side.
 */
export function roundedMask({ width, height }: Size, radius: number): Buffer {
  const mask = Buffer.alloc(width * height * maskChannels, 255);
  const rows = Math.min(Math.ceil(radius), Math.ceil(height / 2));
  for (let y = 0; y < rows; y += 1) {
    const alphas = cornerRow(radius, y);
    for (const row of [y, height - 1 - y]) drawRow(mask, row * width, width, alphas);
  }
  return mask;
}

/** Both ends of a row. */
function drawRow(mask: Buffer, start: number, width: number, alphas: readonly number[]): void {
  for (const [x, alpha] of alphas.entries()) {
    mask[(start + x) * maskChannels + 1] = alpha;
    mask[(start + width - 1 - x) * maskChannels + 1] = alpha;
  }
}

/** Alphas from the edge inwards, up to the first pixel that is wholly within the circle. */
function cornerRow(radius: number, y: number): number[] {
  const alphas: number[] = [];
  const dy = radius - y - 0.5;
  for (let x = 0; x < radius; x += 1) {
    // How far a pixel's middle is within the circle stands for how much of the pixel is.
    const within = radius + 0.5 - Math.hypot(radius - x - 0.5, dy);
    if (within >= 1) break;
    alphas.push(Math.round(Math.max(0, within) * 255));
  }
  return alphas;
}
