import type { ImageLimits } from '../../open-image.js';
import { imageErrors } from '../../image.errors.js';
import type { TransformAssets } from '../transform-source.js';
import { type Overlay, rawOverlay } from './overlay.js';
import { maskChannels, roundedMask } from './rounded-mask.js';
import type { SettledTransform } from './settle.js';
import { textOverlay } from './text-overlay.js';
import { watermarkOverlay } from './watermark-overlay.js';

/**
 * All that is drawn over a picture, in order: watermark, text, then the mask of its corners. Made once, also for many
 * frames.
 * @throws TRANSFORM_INVALID without the watermark's picture
 */
export async function makeOverlays(
  transform: SettledTransform,
  assets: TransformAssets,
  limits: Pick<ImageLimits, 'maxPixels' | 'timeoutSeconds'>,
): Promise<Overlay[]> {
  const { watermark, text, radius, width, height } = transform;
  const canvas = { width, height };
  const overlays: Overlay[] = [];
  if (watermark) {
    if (assets.watermark === undefined) throw imageErrors.TRANSFORM_INVALID('The watermark is not there.');
    overlays.push(await watermarkOverlay(assets.watermark, { watermark, canvas }, limits));
  }
  if (text) overlays.push(await textOverlay(text, canvas));
  if (radius !== undefined) {
    const mask = roundedMask(canvas, radius);
    const info = { ...canvas, channels: maskChannels } as const;
    overlays.push(rawOverlay(mask, info, { left: 0, top: 0, blend: 'dest-in' }));
  }
  return overlays;
}
