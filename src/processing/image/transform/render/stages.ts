import type { Sharp } from 'sharp';
import { drawPicture, needsUpright, placePicture, type Standing } from './draw-geometry.js';
import {
  averageBlocks,
  changesColours,
  drawDetails,
  drawGamma,
  drawTones,
  enlargeBlocks,
} from './effects.js';
import type { Deadline } from './deadline.js';
import { flush, reopen } from './flush.js';
import type { Overlay } from './overlay.js';
import type { SettledTransform } from './settle.js';

/** Operations that one pipeline does, in an order that is sharp's own. */
export type Stage = (image: Sharp) => Sharp;

export interface StageContext extends Standing {
  overlays: Overlay[];
  /** Whether the original has transparency. */
  hasAlpha: boolean;
}

/**
 * The operations of a transform, in the order that docs/images.md promises, in as few pipelines as sharp's fixed order
 * allows: one for all that is common.
 */
export function planStages(transform: SettledTransform, context: StageContext): Stage[] {
  const { background, pixelate, gamma, grayscale } = transform;
  const { overlays } = context;
  const hasOverlays = overlays.length > 0;
  const backgroundLast =
    background !== undefined && (changesColours(transform) || transform.radius !== undefined);
  const early = backgroundLast ? null : (background ?? null);
  const stages = new StageList();
  stages.add((image) => {
    if (early !== null) image.flatten({ background: early });
    if (grayscale) image.grayscale();
    return drawPicture(image, transform, context);
  });
  if (needsUpright(transform, context)) stages.next();
  stages.add((image) => placePicture(image, transform, early));
  if (pixelate !== undefined) {
    stages.next();
    stages.add((image) => averageBlocks(image, pixelate, transform));
    stages.next();
    stages.add((image) => enlargeBlocks(image, transform));
  }
  stages.add((image) => drawDetails(image, transform));
  if (gamma !== undefined) {
    stages.next();
    stages.add((image) => drawGamma(image, transform));
  }
  stages.add((image) => drawTones(image, transform));
  if (hasOverlays) {
    stages.next();
    stages.add((image) => drawOverlays(image, transform, context));
  }
  if (backgroundLast) {
    stages.next();
    stages.add((image) => image.flatten({ background }));
  }
  return stages.done;
}

/** Compositing adds an alpha channel, which would cost bytes where all is opaque. */
function drawOverlays(image: Sharp, transform: SettledTransform, context: StageContext): Sharp {
  image.composite(context.overlays);
  const { picture, width, height } = transform;
  const padded = picture !== undefined && (picture.width < width || picture.height < height);
  const opaque = !context.hasAlpha && !padded && transform.radius === undefined;
  return opaque ? image.removeAlpha() : image;
}

class StageList {
  readonly done: Stage[] = [(image) => image];

  add(operation: Stage): void {
    const before = this.done.pop() ?? operation;
    this.done.push((image) => operation(before(image)));
  }

  next(): void {
    this.done.push((image) => image);
  }
}

/** Runs all stages but the last, which is left to be ended by an encoder. */
export async function runStages(first: Sharp, stages: readonly Stage[], deadline: Deadline): Promise<Sharp> {
  let image = first;
  for (const [index, stage] of stages.entries()) {
    if (index > 0) image = reopen(await flush(image), deadline);
    image = stage(image);
  }
  return image;
}
