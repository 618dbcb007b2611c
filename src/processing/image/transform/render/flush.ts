import type { Sharp } from 'sharp';
import { sharp } from '../../sharp-runtime.js';
import type { Deadline } from './deadline.js';

/**
 * Runs what was planned so far. Uncompressed TIFF in memory costs 5 ms a megapixel, raw bytes 2, but those lose the
 * colour profile, the frames, and the transparency of grey pictures.
 */
export function flush(image: Sharp): Promise<Buffer> {
  return image.tiff({ compression: 'none' }).toBuffer();
}

/**
 * Starts a pipeline on what `flush` gave.
 * @param pages all frames of an animation, else one
 */
export function reopen(pixels: Buffer, deadline: Deadline, pages = 1): Sharp {
  return sharp(pixels, { limitInputPixels: false, pages })
    .keepIccProfile()
    .timeout({ seconds: deadline.left() });
}
