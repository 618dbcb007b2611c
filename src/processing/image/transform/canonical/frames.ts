import { imageErrors } from '../../image.errors.js';
import { type OutputFormat, type TransformParams, transformRanges } from '../transform-params.js';
import type { TransformSource } from '../transform-source.js';

/** Which part of an original with several frames or pages. */
export interface CanonicalFrames {
  /** From 0, which is left out. */
  page?: number;
  /** Of an animated result; left out for a still one. */
  frames?: number;
}

const animatedFormats: ReadonlySet<OutputFormat> = new Set(['webp', 'gif']);
const [, maxFrames] = transformRanges.frames;

/**
 * An animation stays one in a format that can hold it, unless one page is asked for.
 * @throws TRANSFORM_INVALID when there is no such page
 */
export function canonicalFrames(
  params: Pick<TransformParams, 'page' | 'frames'>,
  source: TransformSource,
  format: OutputFormat,
): CanonicalFrames {
  const available = source.frames ?? 1;
  const page = params.page ?? 0;
  if (page >= available) {
    throw imageErrors.TRANSFORM_INVALID(`There is no page ${page}: pages 0 to ${available - 1} are there.`);
  }
  const canMove = source.animated === true && animatedFormats.has(format);
  const wanted = params.frames ?? (params.page === undefined ? maxFrames : 1);
  const frames = canMove ? Math.min(wanted, maxFrames, available - page) : 1;
  return { ...(page > 0 && { page }), ...(frames > 1 && { frames }) };
}
