import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sharp } from '../sharp-runtime.js';
import type { ThreadPicture } from './decoder.js';
import { jpegWithProfile, pngWithProfile } from './embed-icc.js';

/** What stands in for an original that libvips can't decode: upright, and in the original's colours. */
export interface Master {
  contentType: 'image/jpeg' | 'image/png';
  width: number;
  height: number;
  sizeBytes: number;
  path: string;
  hasAlpha: boolean;
}

export interface MasterOptions {
  workDir: string;
  /** What the pixels' values mean; sRGB when null. */
  profile: Buffer | null;
  /** The original lost detail by its coding, so that a JPEG of high quality loses nothing that can be seen. */
  lossy: boolean;
}

/** Of a JPEG. */
const mostPixelsASide = 65_500;

/**
 * Writes a master. An opaque picture of a lossy format becomes a JPEG of quality 95 without chroma
 * subsampling, which decodes at a fraction of its size; everything else a PNG, exact to the bit.
 */
export async function writeMaster(picture: ThreadPicture, options: MasterOptions): Promise<Master> {
  const { width, height, data, hasAlpha } = picture;
  const asJpeg = options.lossy && !hasAlpha && Math.max(width, height) <= mostPixelsASide;
  const pixels = sharp(data, { raw: { width, height, channels: 4 }, limitInputPixels: false });
  if (!hasAlpha) pixels.removeAlpha();
  const { profile } = options;
  const path = join(options.workDir, asJpeg ? 'master.jpg' : 'master.png');
  const bytes = await (
    asJpeg
      ? pixels.jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      : pixels.png({ compressionLevel: 4, adaptiveFiltering: true })
  ).toBuffer();
  const withProfile = asJpeg ? jpegWithProfile : pngWithProfile;
  const parts = profile ? withProfile(bytes, profile) : [bytes];
  await writeFile(path, parts);
  const sizeBytes = parts.reduce((sum, { length }) => sum + length, 0);
  return { contentType: asJpeg ? 'image/jpeg' : 'image/png', width, height, sizeBytes, path, hasAlpha };
}
