import { open, readFile, stat } from 'node:fs/promises';
import { imageErrors } from './image.errors.js';
import { type ImageMetadata, readImageMetadata } from './image-metadata.js';
import type { ImageLimits } from './open-image.js';
import { checkBmpHeader, checkIcoHeader, type PixelSize, rawHeaderBytes } from './raw-header-check.js';
import { sharp } from './sharp-runtime.js';
import { checkSvg, maxSvgBytes } from './svg-check.js';

const decodable: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/apng',
  'image/webp',
  'image/gif',
  'image/tiff',
  'image/avif',
]);

/**
 * Whether derivatives can be made of a (sniffed) content type. What can't be decoded (HEIC, JPEG XL, BMP, ICO,
 * PSD, camera raw …) or is not rendered (SVG) is kept for download only.
 */
export function isDecodable(contentType: string): boolean {
  return decodable.has(contentType);
}

/** A picture that passed: with metadata when derivatives can be made, else with its size if that is known. */
export type ImageInspection =
  { decodable: true; metadata: ImageMetadata } | { decodable: false; size: PixelSize | null };

/**
 * Judges an original by its header, whatever image type it is; costs milliseconds and decodes no pixels.
 * @param contentType as sniffed from the bytes, never as declared
 * @throws IMAGE_UNSUPPORTED, IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_UNSAFE, IMAGE_TIMEOUT
 */
export async function inspectImage(
  path: string,
  contentType: string,
  limits: ImageLimits,
): Promise<ImageInspection> {
  if (isDecodable(contentType)) return { decodable: true, metadata: await readImageMetadata(path, limits) };
  return { decodable: false, size: await inspectUndecodable(path, contentType, limits) };
}

async function inspectUndecodable(
  path: string,
  contentType: string,
  { maxPixels }: ImageLimits,
): Promise<PixelSize | null> {
  const { size: fileSize } = await stat(path);
  switch (contentType) {
    case 'image/svg+xml':
      if (fileSize > maxSvgBytes) throw imageErrors.IMAGE_TOO_LARGE();
      return checkSvg(await readFile(path), maxPixels);
    case 'image/bmp':
      return checkBmpHeader(await readHead(path), fileSize, maxPixels);
    case 'image/x-icon':
    case 'image/vnd.microsoft.icon':
      return checkIcoHeader(await readHead(path), fileSize, maxPixels);
    case 'image/heic':
    case 'image/heif':
      return readHeifSize(path);
    default:
      return null;
  }
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(rawHeaderBytes), 0, rawHeaderBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** libheif reads the container although no HEVC decoder is built in. Nothing is lost when it can't. */
async function readHeifSize(path: string): Promise<PixelSize | null> {
  try {
    const { autoOrient } = await sharp(path).metadata();
    return { width: autoOrient.width, height: autoOrient.height };
  } catch {
    return null;
  }
}
