import type { OutputInfo, OverlayOptions } from 'sharp';

/** Pixels to be drawn over a picture, no larger than it. */
export type Overlay = OverlayOptions;

export function rawOverlay(
  data: Buffer,
  { width, height, channels }: Pick<OutputInfo, 'width' | 'height' | 'channels'>,
  placed: Pick<OverlayOptions, 'left' | 'top' | 'tile' | 'gravity' | 'blend'>,
): Overlay {
  return { input: data, raw: { width, height, channels }, ...placed };
}
