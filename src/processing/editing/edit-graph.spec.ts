import { describe, expect, it } from '@jest/globals';
import { fitWithin, outputSize } from './edit-graph.js';
import { spanOf } from './edit-span.js';

describe('fitWithin', () => {
  const frame = { width: 1280, height: 720 };
  it.each([
    [
      { width: 1920, height: 1080 },
      { width: 1280, height: 720 },
    ],
    [
      { width: 720, height: 1280 },
      { width: 406, height: 720 },
    ],
    [
      { width: 640, height: 480 },
      { width: 960, height: 720 },
    ],
    [
      { width: 161, height: 121 },
      { width: 958, height: 720 },
    ],
    [
      { width: 8000, height: 10 },
      { width: 1280, height: 2 },
    ],
  ])('keeps the aspect of %j', (size, expected) => {
    expect(fitWithin(size, frame)).toEqual(expected);
  });
});

describe('outputSize', () => {
  it.each([
    [90, { width: 720, height: 1280 }],
    [180, { width: 1280, height: 720 }],
    [270, { width: 720, height: 1280 }],
  ] as const)('after a turn by %d degrees', (degrees, expected) => {
    expect(outputSize({ width: 1280, height: 720 }, [{ type: 'rotate', degrees }])).toEqual(expected);
  });
});

describe('spanOf', () => {
  it('is all of a source that is not cut', () => {
    expect(spanOf(12, [{ type: 'mute' }])).toEqual({ start: 0, seconds: 12 });
  });

  it.each([
    [2, 5, { start: 2, seconds: 3 }],
    [2, 500, { start: 2, seconds: 10 }],
    [0, 0.1, { start: 0, seconds: 0.1 }],
  ])('from %d to %d s', (start, end, expected) => {
    expect(spanOf(12, [{ type: 'clip', start, end }])).toEqual(expected);
  });

  it.each([
    [5, 5],
    [5, 2],
    [12, 13],
  ])('refuses from %d to %d s', (start, end) => {
    expect(() => spanOf(12, [{ type: 'clip', start, end }])).toThrow(
      expect.objectContaining({ code: 'EDIT_INVALID' }),
    );
  });
});
