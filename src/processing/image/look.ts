import { encode } from 'blurhash';
import type { Sharp } from 'sharp';
import { extractPalette, type PaletteColor } from './palette.js';

/** How a picture looks from afar. */
export interface Look {
  /** The colours it is made of, largest share first; empty when nothing of it can be seen. */
  palette: PaletteColor[];
  /** BlurHash with 4 × 3 or 3 × 4 components, as the picture looks on white. */
  blurhash: string;
}

/** Enough for both: a palette of more pixels differs by a shade, a blurhash by none. */
const maxSide = 64;

/** @param picture sRGB, small: it is shrunk but not from a file again */
export async function describeLook(picture: Sharp): Promise<Look> {
  const { data, info } = await picture
    .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const [across, down] = width >= height ? [4, 3] : [3, 4];
  return {
    palette: extractPalette({ width, height, data }),
    blurhash: encode(onWhite(data), width, height, across, down),
  };
}

/** BlurHash knows no transparency, and what is stored under it is any colour, mostly black. */
function onWhite(rgba: Uint8Array): Uint8ClampedArray {
  return Uint8ClampedArray.from(rgba, (value, index) => {
    const alpha = rgba[index | 3] ?? 255;
    return index % 4 === 3 ? 255 : 255 + ((value - 255) * alpha) / 255;
  });
}
