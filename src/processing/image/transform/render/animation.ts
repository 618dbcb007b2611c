import type { Metadata, Sharp } from 'sharp';
import { decoding } from '../../open-image.js';
import { sharp } from '../../sharp-runtime.js';
import type { Deadline } from './deadline.js';
import type { Standing } from './draw-geometry.js';
import type { Original } from './original.js';
import type { SettledTransform } from './settle.js';
import { runStages, type Stage } from './stages.js';

/** How long each frame stays, in milliseconds, and how often all are shown (0: for ever). */
export interface Timing {
  delay?: number[];
  loop?: number;
}

export function timingOf(
  { delay, loop }: Metadata,
  { page = 0, frames = 1 }: { page?: number; frames?: number },
): Timing {
  const kept = delay?.slice(page, page + frames);
  return { ...(kept?.length === frames && { delay: kept }), ...(loop !== undefined && { loop }) };
}

/**
 * Whether the frames of an animation can go through one pipeline, one below the other, as libvips has them: only
 * for what looks at no pixel above or below, and turns nothing upside down.
 */
export function fitsOneRoll(
  transform: SettledTransform,
  { turn, oriented }: Standing,
  stages: number,
): boolean {
  const { blur, sharpen, pixelate } = transform;
  const neighbours = [blur, sharpen, pixelate].some((effect) => effect !== undefined);
  return stages === 1 && !oriented && !neighbours && turn.rotate === undefined;
}

/**
 * Draws an animation frame by frame. All frames are decoded at once (each may build on the one before), and all
 * results are kept: memory is four bytes for each pixel of both.
 * @returns a pipeline on the drawn frames
 */
export async function drawFrames(
  original: Original,
  { stages, frames }: { stages: readonly Stage[]; frames: number },
  deadline: Deadline,
): Promise<Sharp> {
  const { width, height } = original.stored;
  const roll = await decoding(() =>
    original.open('frames').toColourspace('srgb').ensureAlpha().raw().toBuffer(),
  );
  const frameBytes = width * height * 4;
  let drawn: { data: Buffer; size: { width: number; height: number } } | null = null;
  for (let frame = 0; frame < frames; frame += 1) {
    const pixels = roll.subarray(frame * frameBytes, (frame + 1) * frameBytes);
    const first = sharp(pixels, { raw: { width, height, channels: 4 } }).timeout({
      seconds: deadline.left(),
    });
    const { data, info } = await decoding(async () =>
      (await runStages(first, [...stages, toRaw], deadline)).raw().toBuffer({ resolveWithObject: true }),
    );
    drawn ??= { data: Buffer.alloc(data.length * frames), size: info };
    data.copy(drawn.data, frame * data.length);
  }
  if (!drawn) throw new RangeError('an animation has frames');
  const { width: drawnWidth, height: pageHeight } = drawn.size;
  return sharp(drawn.data, {
    raw: { width: drawnWidth, height: pageHeight * frames, channels: 4, pageHeight },
    limitInputPixels: false,
  }).timeout({ seconds: deadline.left() });
}

/** A pipeline of its own: sharp drops the transparency of what it makes grey when it gives raw pixels. */
const toRaw: Stage = (image) => image.toColourspace('srgb').ensureAlpha();
