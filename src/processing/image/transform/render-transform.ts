import type { Sharp } from 'sharp';
import { decoding, type ImageLimits, openImage } from '../open-image.js';
import type { CanonicalTransform } from './canonical-transform.js';
import type { OutputFormat } from './transform-params.js';

/** A finished picture, whole: at most the configured output pixels, so at most a few megabytes for photos. */
export interface RenderedImage {
  data: Buffer;
  contentType: `image/${OutputFormat}`;
  width: number;
  height: number;
}

/**
 * AVIF effort 2 costs 0.33 CPU s a megapixel (effort 4: 3), effort 0 0.08 for up to 8 % more bytes: large
 * pictures get the cheap one, so that no request holds a core for seconds.
 */
const avifEffortLimit = 2_000_000;

/**
 * Applies a transform to an original, of an animation to its first frame. The result is upright sRGB, 8 bits a channel,
 * without metadata.
 *
 * Takes a file (or bytes that are in memory anyway) and no stream: sharp would gather a stream in memory whole.
 *
 * @throws IMAGE_UNSUPPORTED, IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_TIMEOUT; and failures of the machine as they are
 */
export async function renderTransform(
  input: string | Buffer,
  transform: CanonicalTransform,
  limits: Pick<ImageLimits, 'maxPixels' | 'timeoutSeconds'>,
): Promise<RenderedImage> {
  const { data, info } = await decoding(() =>
    encode(draw(openImage(input, limits), transform), transform).toBuffer({ resolveWithObject: true }),
  );
  return { data, contentType: `image/${transform.format}`, width: info.width, height: info.height };
}

/** libvips applies these in its own fixed order: turn, flatten, resize, blur, sharpen. */
function draw(image: Sharp, transform: CanonicalTransform): Sharp {
  image.autoOrient();
  if (transform.rotate !== 0) image.rotate(transform.rotate);
  if (transform.background !== null) image.flatten({ background: transform.background });
  image.resize({
    width: transform.width,
    height: transform.height,
    fit: transform.fit,
    ...(transform.position !== null && { position: transform.position }),
    background: transform.background ?? { r: 0, g: 0, b: 0, alpha: 0 },
  });
  if (transform.blur !== null) image.blur(transform.blur);
  if (transform.sharpen !== null) image.sharpen({ sigma: transform.sharpen });
  if (transform.grayscale) image.grayscale();
  return image.toColourspace('srgb');
}

function encode(image: Sharp, { format, quality, width, height }: CanonicalTransform): Sharp {
  switch (format) {
    case 'jpeg':
      return image.jpeg({ quality: quality ?? 80, chromaSubsampling: '4:2:0' });
    case 'webp':
      return image.webp({ quality: quality ?? 80, effort: 4 });
    case 'avif':
      return image.avif({ quality: quality ?? 50, effort: width * height <= avifEffortLimit ? 2 : 0 });
    case 'png':
      return image.png();
  }
}
