import { decoding, type ImageLimits, openImage } from './open-image.js';

/** Three bytes a pixel, sRGB, what is transparent on white. */
export interface RgbPixels {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/**
 * Decodes a picture to bare pixels, its longer side shrunk to `maxSide`.
 * @throws IMAGE_UNSUPPORTED, IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_TIMEOUT
 */
export async function readRgbPixels(
  input: Buffer,
  maxSide: number,
  limits: Pick<ImageLimits, 'maxPixels' | 'timeoutSeconds'>,
): Promise<RgbPixels> {
  const { data, info } = await decoding(() =>
    openImage(input, limits)
      .autoOrient()
      .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true }),
  );
  return { width: info.width, height: info.height, pixels: data };
}
