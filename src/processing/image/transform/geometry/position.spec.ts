import { describe, expect, it } from '@jest/globals';
import { isPosition, parsePosition, placeBehind, placeOn } from './position.js';

describe('parsePosition', () => {
  it.each([
    ['centre', { x: 0.5, y: 0.5 }],
    ['north', { x: 0.5, y: 0 }],
    ['northeast', { x: 1, y: 0 }],
    ['east', { x: 1, y: 0.5 }],
    ['southeast', { x: 1, y: 1 }],
    ['south', { x: 0.5, y: 1 }],
    ['southwest', { x: 0, y: 1 }],
    ['west', { x: 0, y: 0.5 }],
    ['northwest', { x: 0, y: 0 }],
    ['0.25,1', { x: 0.25, y: 1 }],
    ['.5,1.0', { x: 0.5, y: 1 }],
    ['attention', 'attention'],
    ['face', 'face'],
  ])('%s', (text, position) => {
    expect(isPosition(text)).toBe(true);
    expect(parsePosition(text)).toEqual(position);
  });

  it.each(['', 'center', '0.5', '0.5,1.1', '-0.1,0', '1.5,0', '0.5,0.5,0.5', '50%,50%', 'NaN,0'])(
    'refuses %j',
    (text) => expect(isPosition(text)).toBe(false),
  );
});

describe('placeBehind', () => {
  it.each([
    [
      { x: 0.5, y: 0.5 },
      { left: -50, top: 0 },
    ],
    [
      { x: 0, y: 0 },
      { left: 0, top: 0 },
    ],
    [
      { x: 1, y: 1 },
      { left: -100, top: 0 },
    ],
    [
      { x: 0.3, y: 0.2 },
      { left: -10, top: 0 },
    ],
  ])('shows %j', (point, place) => {
    expect(placeBehind(point, { width: 200, height: 100 }, { width: 100, height: 100 })).toEqual(place);
  });
});

describe('placeOn', () => {
  it.each([
    [
      { x: 0.5, y: 0.5 },
      { left: 50, top: 0 },
    ],
    [
      { x: 1, y: 0 },
      { left: 100, top: 0 },
    ],
  ])('divides the room by %j', (point, place) => {
    expect(placeOn(point, { width: 100, height: 100 }, { width: 200, height: 100 })).toEqual(place);
  });
});
