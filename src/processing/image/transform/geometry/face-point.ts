import type { FractionBox } from '../transform-source.js';
import type { Point } from './position.js';
import { type CanonicalTurn, turnRect } from './turn.js';

/**
 * The point to keep in view for `position=face`: the middle of all faces, weighed by their size, in fractions of
 * the turned picture; or null without faces.
 */
export function facePoint(faces: readonly FractionBox[] | undefined, turn: CanonicalTurn): Point | null {
  let [x, y, weight] = [0, 0, 0];
  for (const face of faces ?? []) {
    const { left, top, width, height } = turnRect(turn, { ...face, left: face.x, top: face.y }, unit);
    const area = width * height;
    if (!(area > 0)) continue;
    x += (left + width / 2) * area;
    y += (top + height / 2) * area;
    weight += area;
  }
  return weight === 0 ? null : { x: rounded(x / weight), y: rounded(y / weight) };
}

const unit = { width: 1, height: 1 };

/** To a ten-thousandth, and within the picture: detectors report boxes beyond the edge, and change in the last digits. */
function rounded(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000;
}
