import type { Sharp, SharpOptions } from 'sharp';
import { DomainError } from '../../common/index.js';
import { imageErrors } from './image.errors.js';
import { sharp } from './sharp-runtime.js';

/** What an image may cost, as configured. */
export interface ImageLimits {
  /** Width × height, times frames for animations. */
  maxPixels: number;
  maxFrames: number;
  /**
   * Wall clock for one libvips pipeline. libvips looks at it between regions, so it ends slow decodes and
   * filters but not one long encoder call; those are bounded by the pixels that are let in.
   */
  timeoutSeconds: number;
}

/**
 * Starts a pipeline on a file or on bytes already in memory, under the limits.
 *
 * `failOn: 'warning'` (sharp's default for untrusted input) is needed, and not just 'error': libjpeg reports
 * broken Huffman data, and libtiff a looping directory, as warnings, and would render grey areas as if
 * they were the picture.
 */
export function openImage(
  input: string | Buffer,
  limits: Pick<ImageLimits, 'maxPixels' | 'timeoutSeconds'>,
  options: Pick<SharpOptions, 'animated' | 'page' | 'pages'> = {},
): Sharp {
  return sharp(input, { ...options, failOn: 'warning', limitInputPixels: limits.maxPixels }).timeout({
    seconds: limits.timeoutSeconds,
  });
}

/**
 * Failures of the machine, not of the picture: these are rethrown as they are, so that a job retries them.
 * "unable to write to target" is none: libvips adds it to every decoding failure that ends an encoder.
 */
const infrastructure = /Input file is missing|system error: |out of memory|Cannot allocate/i;

/**
 * Turns what sharp throws into a failure with a code. Failures of the machine come back unchanged.
 * libvips has no error codes, so this reads its messages; they are pinned by tests.
 */
export function toImageError(cause: unknown): unknown {
  if (cause instanceof DomainError || !(cause instanceof Error)) return cause;
  const text = cause.message;
  // Before all else: an encoder that was stopped reports a failure to write, as a full disk does.
  if (text.startsWith('timeout')) return imageErrors.IMAGE_TIMEOUT(undefined, { cause });
  if (infrastructure.test(text) || 'errno' in cause) return cause;
  if (/exceeds pixel limit/.test(text)) return imageErrors.IMAGE_TOO_LARGE(undefined, { cause });
  if (/unsupported image format/.test(text)) return imageErrors.IMAGE_UNSUPPORTED(undefined, { cause });
  return imageErrors.IMAGE_CORRUPT(undefined, { cause });
}

/** Runs a decoding step and gives its failures a code. */
export async function decoding<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw toImageError(cause);
  }
}
