import { describe, expect, it } from '@jest/globals';
import {
  canonicalTurn,
  type CanonicalTurn,
  composeTurns,
  orientationTurn,
  type Rect,
  turnRect,
  unturnRect,
} from './turn.js';

const size = { width: 6, height: 4 };
/** Of 2 × 1 pixels, near the top left corner. */
const rect: Rect = { left: 1, top: 0, width: 2, height: 1 };
const all: CanonicalTurn[] = [0, 90, 180, 270].flatMap((rotate) =>
  [false, true].map((flop) => canonicalTurn({ rotate, flop })),
);

describe('canonicalTurn', () => {
  it.each([
    [{}, {}],
    [{ rotate: 90 }, { rotate: 90 }],
    [{ flip: true }, { rotate: 180, flop: true }],
    [{ flip: true, flop: true }, { rotate: 180 }],
    [
      { rotate: 270, flip: true },
      { rotate: 90, flop: true },
    ],
    [{ rotate: 180, flip: true, flop: true }, {}],
  ])('makes of %j %j', (params, turn) => expect(canonicalTurn(params)).toEqual(turn));
});

describe('turnRect', () => {
  it.each<[CanonicalTurn, Rect]>([
    [{}, rect],
    [{ flop: true }, { left: 3, top: 0, width: 2, height: 1 }],
    [{ rotate: 90 }, { left: 3, top: 1, width: 1, height: 2 }],
    [{ rotate: 180 }, { left: 3, top: 3, width: 2, height: 1 }],
    [{ rotate: 270 }, { left: 0, top: 3, width: 1, height: 2 }],
    [
      { rotate: 90, flop: true },
      { left: 0, top: 1, width: 1, height: 2 },
    ],
  ])('by %j', (turn, turned) => expect(turnRect(turn, rect, size)).toEqual(turned));

  it.each(all)('is undone by unturnRect: %j', (turn) => {
    expect(unturnRect(turn, turnRect(turn, rect, size), size)).toEqual(rect);
  });
});

describe('composeTurns', () => {
  it.each(all.flatMap((first) => all.map((second) => [first, second] as const)))(
    '%j and then %j',
    (first, second) => {
      const between = first.rotate === 90 || first.rotate === 270 ? { width: 4, height: 6 } : size;
      const oneByOne = turnRect(second, turnRect(first, rect, size), between);
      expect(turnRect(composeTurns(first, second), rect, size)).toEqual(oneByOne);
    },
  );
});

describe('orientationTurn', () => {
  it('knows eight, and takes nonsense for upright', () => {
    const turns = [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => JSON.stringify(orientationTurn(orientation)));
    expect(new Set(turns).size).toBe(8);
    for (const orientation of [undefined, 0, 9, -1, 1.5]) expect(orientationTurn(orientation)).toEqual({});
  });
});
