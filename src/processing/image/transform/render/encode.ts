import type { OutputInfo, Sharp } from 'sharp';
import { decoding } from '../../open-image.js';
import type { CanonicalTransform } from '../canonical-transform.js';
import type { Deadline } from './deadline.js';
import { encodeWithin, tooManyBytes } from './max-bytes.js';
import { flush, reopen } from './flush.js';
import type { Timing } from './animation.js';

export interface EncodeOptions {
  output: Pick<CanonicalTransform, 'format' | 'quality' | 'effort' | 'maxBytes' | 'frames'>;
  /** Of an animation. */
  timing: Timing;
  /** Sets what is kept of the metadata, on the pipeline that encodes. */
  describe: (image: Sharp) => Sharp;
  deadline: Deadline;
}

export interface Encoded {
  data: Buffer;
  info: OutputInfo;
}

/**
 * Ends a pipeline. With `maxBytes` its pixels are made once, and only encoded again.
 * @throws TRANSFORM_INVALID when the result can't be as small as asked
 */
export async function encode(
  image: Sharp,
  { output, timing, describe, deadline }: EncodeOptions,
): Promise<Encoded> {
  const { quality, maxBytes } = output;
  const end = (pipeline: Sharp, as: EncodeOptions['output']) =>
    decoding(() => encoder(describe(pipeline), as, timing).toBuffer({ resolveWithObject: true }));
  if (maxBytes === undefined) return end(image, output);
  if (quality === null) {
    const encoded = await end(image, output);
    if (encoded.data.length > maxBytes) throw tooManyBytes(maxBytes);
    return encoded;
  }
  const pixels = await decoding(() => flush(image));
  return encodeWithin(
    (tried) => end(reopen(pixels, deadline, output.frames), { ...output, quality: tried }),
    {
      quality,
      maxBytes,
    },
  );
}

function encoder(image: Sharp, { format, quality, effort }: EncodeOptions['output'], timing: Timing): Sharp {
  const lossy = quality === null ? { lossless: true } : { quality };
  switch (format) {
    case 'jpeg':
      return image.jpeg({ quality: quality ?? 100, chromaSubsampling: '4:2:0' });
    case 'webp':
      return image.webp({ ...lossy, ...timing, effort: effort ?? 4 });
    case 'avif':
      return image.avif({ ...lossy, effort: effort ?? 2 });
    case 'png':
      return image.png();
    case 'gif':
      return image.gif({ ...timing, effort: effort ?? 4 });
  }
}
