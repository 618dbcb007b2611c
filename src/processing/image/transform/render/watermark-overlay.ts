import { decoding, type ImageLimits, openImage } from '../../open-image.js';
import { sharp } from '../../sharp-runtime.js';
import type { CanonicalWatermark } from '../canonical/overlays.js';
import { gravityPoint, placeOn } from '../geometry/position.js';
import type { Size } from '../geometry/size.js';
import { type Overlay, rawOverlay } from './overlay.js';

/**
 * A picture as a watermark: of an animation its first frame, upright, sRGB, no larger than its part of the canvas and never
 * enlarged.
 * @throws IMAGE_UNSUPPORTED, IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_TIMEOUT
 */
export async function watermarkOverlay(
  input: string | Buffer,
  { watermark, canvas }: { watermark: CanonicalWatermark; canvas: Size },
  limits: Pick<ImageLimits, 'maxPixels' | 'timeoutSeconds'>,
): Promise<Overlay> {
  const { scale, opacity, position, tile } = watermark;
  const { data, info } = await decoding(() =>
    openImage(input, limits)
      .autoOrient()
      .resize({
        width: Math.max(1, Math.round(canvas.width * scale)),
        height: Math.max(1, Math.round(canvas.height * scale)),
        fit: 'inside',
        withoutEnlargement: true,
      })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true }),
  );
  const faded = opacity === 1 ? data : await fade(data, info, opacity);
  return rawOverlay(
    faded,
    info,
    tile
      ? { tile: true, gravity: 'northwest' }
      : placeOn(gravityPoint(position ?? 'southeast'), info, canvas),
  );
}

function fade(data: Buffer, { width, height }: Size, opacity: number): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 4 } })
    .linear([1, 1, 1, opacity], [0, 0, 0, 0])
    .raw()
    .toBuffer();
}
