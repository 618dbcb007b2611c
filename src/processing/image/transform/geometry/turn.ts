import type { Size } from './size.js';

/**
 * One of the eight ways a picture can stand: turned clockwise, then mirrored left to right. A mirror from top to
 * bottom is half a turn and the other mirror.
 */
export interface CanonicalTurn {
  rotate?: 90 | 180 | 270;
  flop?: true;
}

/** @returns the one canonical form of all that stand the same */
export function canonicalTurn(params: { rotate?: number; flip?: boolean; flop?: boolean }): CanonicalTurn {
  const angle = ((params.rotate ?? 0) + (params.flip ? 180 : 0)) % 360;
  const flop = (params.flip ?? false) !== (params.flop ?? false);
  return { ...(angle !== 0 && { rotate: angle as 90 | 180 | 270 }), ...(flop && { flop: true as const }) };
}

export function turnedSize({ rotate }: CanonicalTurn, { width, height }: Size): Size {
  return (rotate ?? 0) % 180 === 0 ? { width, height } : { width: height, height: width };
}

export interface Rect extends Size {
  left: number;
  top: number;
}

/** Where a part of a picture of `size` stands once the picture is turned. Units are the caller's. */
export function turnRect(turn: CanonicalTurn, rect: Rect, size: Size): Rect {
  const turned = rotateRect(turn.rotate ?? 0, rect, size);
  if (!turn.flop) return turned;
  return { ...turned, left: turnedSize(turn, size).width - turned.left - turned.width };
}

/** The inverse of `turnRect`: `size` is the picture's before it was turned. */
export function unturnRect(turn: CanonicalTurn, rect: Rect, size: Size): Rect {
  const turned = turnedSize(turn, size);
  const mirrored = turn.flop ? { ...rect, left: turned.width - rect.left - rect.width } : rect;
  return rotateRect((360 - (turn.rotate ?? 0)) % 360, mirrored, turned);
}

function rotateRect(angle: number, { left, top, width, height }: Rect, size: Size): Rect {
  switch (angle) {
    case 90:
      return { left: size.height - top - height, top: left, width: height, height: width };
    case 180:
      return { left: size.width - left - width, top: size.height - top - height, width, height };
    case 270:
      return { left: top, top: size.width - left - width, width: height, height: width };
    default:
      return { left, top, width, height };
  }
}
