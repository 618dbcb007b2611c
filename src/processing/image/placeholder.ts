import { rgbaToThumbHash } from 'thumbhash';
import type { Sharp } from 'sharp';

/** thumbhash takes at most 100 pixels a side. */
const maxSide = 100;

/** Base64 thumbhash (about 25 bytes; also carries aspect ratio, average colour and transparency). */
export async function makePlaceholder(picture: Sharp): Promise<string> {
  const { data, info } = await picture
    .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64');
}
