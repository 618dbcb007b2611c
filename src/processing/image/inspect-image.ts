import { open, readFile, stat } from 'node:fs/promises';
import { imageErrors } from './image.errors.js';
import { type ImageMetadata, readImageMetadata } from './image-metadata.js';
import { type HeifHeader, readHeifHeader } from './heif-header.js';
import type { ImageLimits } from './open-image.js';
import { checkBmpHeader, checkIcoHeader, type PixelSize, rawHeaderBytes } from './raw-header-check.js';
import { isDirect, type MasterFormat, masterFormat } from './renderable.js';
import { checkSvg, maxSvgBytes } from './svg-check.js';

/** What a header tells of a picture of which a master is to be made. */
export interface MasterHeader extends Partial<Omit<HeifHeader, 'size'>> {
  format: MasterFormat;
  /** Null when only the decoder can tell, which then judges it. */
  size: PixelSize | null;
}

/** A picture that passed, and what can be made of it: pictures of itself, or of a master, or nothing. */
export type ImageInspection =
  | { way: 'direct'; metadata: ImageMetadata }
  | { way: 'master'; header: MasterHeader }
  | { way: 'download'; size: PixelSize | null };

export interface InspectionOptions extends ImageLimits {
  /** Whether JPEG XL is decoded; else it is kept for download. */
  jxl?: boolean;
}

/**
 * Judges an original by its header, whatever image type it is; costs milliseconds and decodes no pixels.
 * @param contentType as sniffed from the bytes, never as declared
 * @throws IMAGE_UNSUPPORTED, IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_UNSAFE, IMAGE_TIMEOUT
 */
export async function inspectImage(
  path: string,
  contentType: string,
  options: InspectionOptions,
): Promise<ImageInspection> {
  if (isDirect(contentType)) return { way: 'direct', metadata: await readImageMetadata(path, options) };
  const format = masterFormat(contentType);
  if (format !== null && (format !== 'jxl' || options.jxl)) {
    return { way: 'master', header: await readMasterHeader(path, format, options) };
  }
  return { way: 'download', size: await readIcoSize(path, contentType, options) };
}

async function readMasterHeader(
  path: string,
  format: MasterFormat,
  { maxPixels }: ImageLimits,
): Promise<MasterHeader> {
  const { size: fileSize } = await stat(path);
  switch (format) {
    case 'svg':
      if (fileSize > maxSvgBytes) throw imageErrors.IMAGE_TOO_LARGE();
      return { format, size: checkSvg(await readFile(path), maxPixels) };
    case 'bmp':
      return { format, size: checkBmpHeader(await readHead(path), fileSize, maxPixels) };
    case 'heic': {
      const { size = null, ...header } = (await readHeifHeader(path, maxPixels)) ?? {};
      return { format, size, ...header };
    }
    case 'jxl':
      return { format, size: null };
  }
}

async function readIcoSize(
  path: string,
  contentType: string,
  { maxPixels }: ImageLimits,
): Promise<PixelSize | null> {
  if (contentType !== 'image/x-icon' && contentType !== 'image/vnd.microsoft.icon') return null;
  const { size: fileSize } = await stat(path);
  return checkIcoHeader(await readHead(path), fileSize, maxPixels);
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
