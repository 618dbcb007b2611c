import type { Sharp } from 'sharp';
import { decoding, type ImageLimits } from '../open-image.js';
import type { CanonicalTransform } from './canonical-transform.js';
import { composeTurns } from './geometry/turn.js';
import { drawFrames, fitsOneRoll, timingOf } from './render/animation.js';
import { Deadline } from './render/deadline.js';
import { encode } from './render/encode.js';
import { describe, keptMetadata } from './render/kept-metadata.js';
import { openOriginal, type Original } from './render/original.js';
import { makeOverlays } from './render/overlays.js';
import { placeByContent, settle, type SettledTransform } from './render/settle.js';
import { planStages, runStages, type StageContext } from './render/stages.js';
import type { OutputFormat } from './transform-params.js';
import type { TransformAssets } from './transform-source.js';

/** A finished picture, whole: at most the configured output pixels, so at most a few megabytes for photos. */
export interface RenderedImage {
  data: Buffer;
  contentType: `image/${OutputFormat}`;
  /** Of one frame. */
  width: number;
  height: number;
}

export interface RenderOptions {
  /** `timeoutSeconds` are for the whole transform; see `ImageLimits` for what they can't end. */
  limits: Pick<ImageLimits, 'maxPixels' | 'timeoutSeconds'> & { maxOutputPixels: number };
  assets?: TransformAssets;
  /** Encoder effort in place of the canonical one: the same picture, in fewer bytes or less time. */
  effort?: number;
}

/**
 * Applies a transform to an original. The result is upright, 8 bits a channel, sRGB (or Display P3 where that was asked
 * for and there), without metadata but for what the canonical form keeps.
 *
 * Takes a file (or bytes that are in memory anyway) and no stream: sharp would gather a stream in memory whole.
 *
 * @throws IMAGE_UNSUPPORTED, IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_TIMEOUT; TRANSFORM_INVALID for what only the pixels
 * tell; and failures of the machine as they are
 */
export async function renderTransform(
  input: string | Buffer,
  transform: CanonicalTransform,
  { limits, assets = {}, effort }: RenderOptions,
): Promise<RenderedImage> {
  const deadline = new Deadline(limits.timeoutSeconds);
  const original = await openOriginal(input, transform, limits);
  const settled = await settleAll(transform, original, limits.maxOutputPixels);
  const context: StageContext = {
    ...original.standing(settled),
    hasAlpha: original.header.hasAlpha,
    overlays: await makeOverlays(settled, assets, limits),
  };
  const kept = await keptMetadata(original.header.exif, settled.metadata);
  const { data, info } = await encode(await draw(original, { settled, context, deadline }), {
    output: { ...settled, effort: effort ?? settled.effort },
    timing: timingOf(original.header, settled),
    describe: (image) => describe(image, kept),
    deadline,
  });
  return {
    data,
    contentType: `image/${settled.format}`,
    width: info.width,
    height: info.pageHeight ?? info.height,
  };
}

async function settleAll(
  transform: CanonicalTransform,
  original: Original,
  maxOutputPixels: number,
): Promise<SettledTransform> {
  const settled = await settle(transform, original, maxOutputPixels);
  return settled.frames === undefined ? settled : placeByContent(settled, original);
}

interface Drawing {
  settled: SettledTransform;
  context: StageContext;
  deadline: Deadline;
}

function draw(original: Original, { settled, context, deadline }: Drawing): Promise<Sharp> {
  const { frames = 1 } = settled;
  const stages = planStages(settled, context);
  if (frames > 1 && !fitsOneRoll(settled, context, stages.length)) {
    // Of decoded frames nothing but ourselves knows the orientation.
    const turn = composeTurns(original.orientation, settled);
    const standing = { size: original.stored, turn, oriented: false };
    const frameStages = planStages(settled, { ...context, ...standing });
    return drawFrames(original, { stages: frameStages, frames }, deadline);
  }
  return decoding(() => runStages(original.open(frames > 1 ? 'frames' : 'page'), stages, deadline));
}
