import { type SelectedExif, selectExif } from './exif.js';
import { iccProfileName } from './icc-name.js';
import { imageErrors } from './image.errors.js';
import type { PixelSize } from './raw-header-check.js';
import { sharp } from './sharp-runtime.js';

/** What the container of a HEIF file tells. */
export interface HeifHeader {
  /** As displayed. */
  size: PixelSize;
  /** The picture's colour profile; null when it is sRGB or says so in another way. */
  profile: Buffer | null;
  iccName?: string;
  exif: SelectedExif;
}

/**
 * Reads the container, which libvips does although it has no decoder for HEVC. Null when it can't: what it does not know
 * the decoder may.
 * @throws IMAGE_TOO_LARGE
 */
export async function readHeifHeader(path: string, maxPixels: number): Promise<HeifHeader | null> {
  const header = await sharp(path)
    .metadata()
    .catch(() => null);
  if (!header) return null;
  const { width, height } = header;
  if (width * height > maxPixels) {
    throw imageErrors.IMAGE_TOO_LARGE(`The image has ${width * height} pixels; ${maxPixels} are allowed.`);
  }
  const iccName = iccProfileName(header.icc);
  return {
    size: { width, height },
    profile: header.icc ?? null,
    ...(iccName !== undefined && { iccName }),
    exif: await selectExif(header.exif),
  };
}
