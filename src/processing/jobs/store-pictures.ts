import { newId } from '../../common/index.js';
import type { NewVariant } from '../../media/index.js';
import type { Derivative } from '../image/index.js';
import type { VariantAttempt } from './variant-attempt.js';

/** Stores derived pictures. @returns their rows */
export async function storePictures(
  attempt: Pick<VariantAttempt, 'put'>,
  derivatives: readonly Derivative[],
): Promise<NewVariant[]> {
  const variants: NewVariant[] = [];
  for (const { name, contentType, width, height, sizeBytes, path } of derivatives) {
    const storageKey = await attempt.put(path, name, contentType);
    const kind = name === 'optimized' ? 'optimized' : 'thumbnail';
    variants.push({
      id: newId(),
      kind,
      name,
      contentType,
      width,
      height,
      bitrate: null,
      sizeBytes,
      storageKey,
    });
  }
  return variants;
}
