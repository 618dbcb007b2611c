import type { Metadata } from 'sharp';
import { type SelectedExif, selectExif } from './exif.js';
import { iccProfileName } from './icc-name.js';
import { imageErrors } from './image.errors.js';
import { decoding, type ImageLimits, openImage } from './open-image.js';
import type { MasterFormat } from './renderable.js';

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif' | MasterFormat;

/** What is known of a picture from its header; no pixel has been decoded. */
export interface ImageMetadata {
  format: ImageFormat;
  /** Pixels as displayed: EXIF orientation applied, an invalid one counting as upright. */
  width: number;
  height: number;
  /** EXIF orientation 2 to 8, when the stored pixels are not upright. */
  orientation?: number;
  /** libvips' name: srgb, b-w, cmyk, rgb16 … */
  colorSpace: string;
  hasAlpha: boolean;
  /** Frames of an animation, pages of a TIFF; 1 for everything else. */
  frames: number;
  /** Its frames may be decoded; one of more frames than are allowed is shown by its first, as a still picture. */
  animated: boolean;
  /** Pixels per inch, when the file says so. */
  density?: number;
  iccName?: string;
  exif: SelectedExif;
}

const animatedFormats: ReadonlySet<ImageFormat> = new Set(['gif', 'webp']);

/**
 * Reads the header of a picture that sharp can decode.
 * @throws IMAGE_UNSUPPORTED, IMAGE_CORRUPT, IMAGE_TOO_LARGE (pixels over all frames), IMAGE_TIMEOUT
 */
export async function readImageMetadata(path: string, limits: ImageLimits): Promise<ImageMetadata> {
  const header = await decoding(() => openImage(path, limits).metadata());
  const format = formatOf(header);
  const frames = header.pages ?? 1;
  const moves = frames > 1 && animatedFormats.has(format);
  // Of a TIFF one page at a time is decoded, so its pages don't add up.
  assertWithinPixelLimit(header, { frames: moves ? frames : 1, maxPixels: limits.maxPixels });
  const { width, height } = header.autoOrient;
  const rotated = header.orientation !== undefined && header.orientation >= 2 && header.orientation <= 8;
  const iccName = iccProfileName(header.icc);
  return {
    format,
    width,
    height,
    ...(rotated && { orientation: header.orientation }),
    colorSpace: header.space,
    hasAlpha: header.hasAlpha,
    frames,
    animated: moves && frames <= limits.maxFrames,
    ...(header.density !== undefined && { density: header.density }),
    ...(iccName !== undefined && { iccName }),
    exif: await selectExif(header.exif),
  };
}

function formatOf(header: Metadata): ImageFormat {
  switch (header.format) {
    case 'jpeg':
    case 'png':
    case 'webp':
    case 'gif':
    case 'tiff':
      return header.format;
    case 'heif':
      if (header.compression === 'av1') return 'avif';
      break;
  }
  throw imageErrors.IMAGE_UNSUPPORTED();
}

function assertWithinPixelLimit(
  header: Metadata,
  { frames, maxPixels }: { frames: number; maxPixels: number },
): void {
  const pixels = header.width * header.height * frames;
  if (pixels > maxPixels) {
    throw imageErrors.IMAGE_TOO_LARGE(`The image has ${pixels} pixels; ${maxPixels} are allowed.`);
  }
}
