import { decoding } from '../../open-image.js';
import { sharp } from '../../sharp-runtime.js';
import { assertOutput } from '../assert-output.js';
import { type CanonicalTransform, resolveOrRefuse } from '../canonical-transform.js';
import { assertTextFits, radiusWithin } from '../canonical/overlays.js';
import { composeTurns, type Rect, turnedSize, turnRect } from '../geometry/turn.js';
import { drawPicture, placePicture } from './draw-geometry.js';
import { flush } from './flush.js';
import type { Original } from './original.js';

/** A canonical transform whose sizes are all known. */
export type SettledTransform = Omit<CanonicalTransform, 'deferred' | 'trim' | 'radius'> & { radius?: number };

/**
 * Finds out what the canonical form had to leave open: what trimming leaves, and how large a page is.
 * @throws TRANSFORM_INVALID when the result would be too large, or nothing is left for it to show
 */
export async function settle(
  transform: CanonicalTransform,
  original: Original,
  maxOutputPixels: number,
): Promise<SettledTransform> {
  const { deferred, trim, radius, ...known } = transform;
  if (!deferred) {
    return { ...known, ...(radius !== undefined && { radius: radiusWithin(radius, known) }) };
  }
  const turn = composeTurns(original.orientation, transform);
  const turned = turnedSize(turn, original.stored);
  const whole = { left: 0, top: 0, ...turned };
  const trimmed =
    trim === undefined ? whole : turnRect(turn, await findTrim(original, trim), original.stored);
  const resolved = resolveOrRefuse(deferred, turned, trimmed);
  assertOutput(resolved, { format: known.format, frames: known.frames ?? 1, maxOutputPixels });
  const { canvas, geometry } = resolved;
  if (known.text) assertTextFits(known.text, canvas);
  return {
    ...known,
    ...canvas,
    ...geometry,
    ...cropOf(geometry.crop, trimmed, whole),
    ...(radius !== undefined && { radius: radiusWithin(radius, canvas) }),
  };
}

/** A crop of what was trimmed, in pixels of the whole picture. */
function cropOf(crop: Rect | undefined, trimmed: Rect, whole: Rect): { crop?: Rect } {
  if (crop) return { crop: { ...crop, left: trimmed.left + crop.left, top: trimmed.top + crop.top } };
  return trimmed.width === whole.width && trimmed.height === whole.height ? {} : { crop: trimmed };
}

/** @returns what trimming leaves, in stored pixels: all of a picture of one colour, and of one too small to have margins */
async function findTrim(original: Original, threshold: number): Promise<Rect> {
  const { width, height } = original.stored;
  // libvips looks through a window of three pixels.
  if (width < 3 || height < 3) return { left: 0, top: 0, width, height };
  const { info } = await decoding(() =>
    original.open('page').trim({ threshold }).extractChannel(0).raw().toBuffer({ resolveWithObject: true }),
  );
  // sharp gives the offsets of the original from the result.
  const [left, top] = [0 - (info.trimOffsetLeft ?? 0), 0 - (info.trimOffsetTop ?? 0)];
  return { left, top, width: info.width, height: info.height };
}

/** All frames of an animation are cut where its first frame says: else the picture would jump. */
export async function placeByContent(
  transform: SettledTransform,
  original: Original,
): Promise<SettledTransform> {
  const { place, picture } = transform;
  if (typeof place !== 'string' || !picture) return transform;
  const { info } = await decoding(async () => {
    const whole = sharp(
      await flush(drawPicture(original.open('page'), transform, original.standing(transform))),
    );
    return placePicture(whole, transform, null).raw().toBuffer({ resolveWithObject: true });
  });
  return { ...transform, place: { left: info.cropOffsetLeft ?? 0, top: info.cropOffsetTop ?? 0 } };
}
