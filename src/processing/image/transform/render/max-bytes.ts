import { imageErrors } from '../../image.errors.js';

/** Below this no photo is worth its bytes. */
export const leastQuality = 10;

/** A search among 91 qualities, and the first try at the one that was asked for. */
export const maxEncodes = 8;

/** Close enough to stop: another try costs as much as the first and could gain but this part. */
const closeEnough = 0.97;

interface Encoded {
  data: Buffer;
}

/**
 * Finds the highest quality, from `leastQuality` to `quality`, whose result is no larger than `maxBytes`. Encodes at most
 * `maxEncodes` times, one after another.
 * @throws TRANSFORM_INVALID when even the least quality gives more
 */
export async function encodeWithin<T extends Encoded>(
  encode: (quality: number) => Promise<T>,
  { quality, maxBytes }: { quality: number; maxBytes: number },
): Promise<T> {
  const first = await encode(quality);
  if (first.data.length <= maxBytes) return first;
  let [low, high] = [Math.min(leastQuality, quality), quality - 1];
  let best: T | null = null;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const tried = await encode(middle);
    if (tried.data.length > maxBytes) {
      high = middle - 1;
      continue;
    }
    best = tried;
    if (tried.data.length > maxBytes * closeEnough) break;
    low = middle + 1;
  }
  if (!best) throw tooManyBytes(maxBytes);
  return best;
}

export function tooManyBytes(maxBytes: number): Error {
  return imageErrors.TRANSFORM_INVALID(
    `The result does not fit into ${maxBytes} bytes: ask for fewer pixels, or for a format with a quality.`,
  );
}
