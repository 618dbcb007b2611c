import type { Size } from './size.js';
import type { Rect } from './turn.js';

/** Four numbers: a whole one is pixels, one with a decimal point (`0.25`, `1.0`) a fraction of its side. */
const pattern = /^(\d{1,6}|\d?\.\d{1,6})(?:,(\d{1,6}|\d?\.\d{1,6})){3}$/;

/** Whether a text is `left,top,width,height` of something that is not empty. */
export function isCrop(text: string): boolean {
  if (!pattern.test(text)) return false;
  const parts = text.split(',');
  return (
    parts.every((part) => !part.includes('.') || Number(part) <= 1) &&
    parts.slice(2).every((part) => Number(part) > 0)
  );
}

/**
 * The pixels that a crop keeps: what stands out of the picture is cut off, and at least one pixel each way is kept.
 * @param crop as `isCrop` accepts it
 * @returns null when it begins beyond the picture
 */
export function resolveCrop(crop: string, size: Size): Rect | null {
  const sides = [size.width, size.height, size.width, size.height];
  const [left = 0, top = 0, width = 0, height = 0] = crop
    .split(',')
    .map((part, index) =>
      part.includes('.') ? Math.round(Number(part) * (sides[index] ?? 0)) : Number(part),
    );
  if (left >= size.width || top >= size.height) return null;
  return {
    left,
    top,
    width: Math.max(1, Math.min(width, size.width - left)),
    height: Math.max(1, Math.min(height, size.height - top)),
  };
}
