import type { StreamDocument } from '../ffmpeg/index.js';

/** How stored pictures are turned to stand upright. */
export interface Orientation {
  /** ffmpeg filter chain; empty when nothing is to be done. */
  filter: string;
  /** Width and height change places. */
  swapsSides: boolean;
}

const upright: Orientation = { filter: '', swapsSides: false };

/**
 * By the signs of a matrix [a b; c d] that takes (x, y) to (a·x + c·y, b·x + d·y), y downwards: every
 * rotation by quarter turns, mirrored or not. ffmpeg's own autorotation ignores mirroring in old versions.
 */
const byMatrix: ReadonlyMap<string, Orientation> = new Map([
  ['1,0,0,1', upright],
  ['0,1,-1,0', { filter: 'transpose=clock', swapsSides: true }],
  ['-1,0,0,-1', { filter: 'hflip,vflip', swapsSides: false }],
  ['0,-1,1,0', { filter: 'transpose=cclock', swapsSides: true }],
  ['-1,0,0,1', { filter: 'hflip', swapsSides: false }],
  ['1,0,0,-1', { filter: 'vflip', swapsSides: false }],
  ['0,1,1,0', { filter: 'transpose=cclock_flip', swapsSides: true }],
  ['0,-1,-1,0', { filter: 'transpose=clock_flip', swapsSides: true }],
]);

const byDegrees: ReadonlyMap<number, string> = new Map([
  [90, '0,1,-1,0'],
  [180, '-1,0,0,-1'],
  [270, '0,-1,1,0'],
]);

/** Reads the display matrix, or the older tag; odd angles become the nearest quarter turn. */
export function orientationOf({
  displayMatrix,
  rotateTag,
}: Pick<StreamDocument, 'displayMatrix' | 'rotateTag'>): Orientation {
  const key = displayMatrix
    ? quarterTurn(displayMatrix)
    : byDegrees.get((((rotateTag ?? 0) % 360) + 360) % 360);
  return byMatrix.get(key ?? '') ?? upright;
}

function quarterTurn([a, b, c, d]: readonly [number, number, number, number]): string {
  const straight = Math.abs(a) + Math.abs(d) >= Math.abs(b) + Math.abs(c);
  const kept = straight ? [a, 0, 0, d] : [0, b, c, 0];
  // + 0: there is a negative zero.
  return kept.map((value) => Math.sign(value) + 0).join(',');
}
