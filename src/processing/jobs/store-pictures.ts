import { newId } from '../../common/index.js';
import type { NewVariant } from '../../media/index.js';
import type { Derivative, Master } from '../image/index.js';
import type { VariantAttempt } from './variant-attempt.js';

type Picture = Derivative | (Master & { name: 'master' });

/** Stores derived pictures. @returns their rows */
export async function storePictures(
  attempt: Pick<VariantAttempt, 'put'>,
  pictures: readonly Picture[],
): Promise<NewVariant[]> {
  const variants: NewVariant[] = [];
  for (const { name, contentType, width, height, sizeBytes, path } of pictures) {
    const storageKey = await attempt.put(path, name, contentType);
    const kind = name === 'optimized' || name === 'master' ? name : 'thumbnail';
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
