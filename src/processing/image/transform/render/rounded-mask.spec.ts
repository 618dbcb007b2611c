import { describe, expect, it } from '@jest/globals';
import { maskChannels, roundedMask } from './rounded-mask.js';

describe('roundedMask', () => {
  const alphaAt = (mask: Buffer, width: number, x: number, y: number) =>
    mask[(y * width + x) * maskChannels + 1];

  it('cuts four equal corners and nothing else', () => {
    const mask = roundedMask({ width: 40, height: 30 }, 10);
    for (const [x, y] of [
      [0, 0],
      [39, 0],
      [0, 29],
      [39, 29],
    ] as const)
      expect(alphaAt(mask, 40, x, y)).toBe(0);
    for (const [x, y] of [
      [10, 0],
      [29, 0],
      [0, 10],
      [20, 15],
      [39, 19],
    ] as const)
      expect(alphaAt(mask, 40, x, y)).toBe(255);
    for (const [x, y] of [
      [2, 3],
      [1, 5],
    ] as const) {
      const corner = alphaAt(mask, 40, x, y);
      expect(alphaAt(mask, 40, 39 - x, y)).toBe(corner);
      expect(alphaAt(mask, 40, x, 29 - y)).toBe(corner);
    }
  });

  it.each([
    [64, 32],
    [65, 32.5],
  ])('makes a circle of %i pixels whose area is that of a circle', (side, radius) => {
    const mask = roundedMask({ width: side, height: side }, radius);
    let area = 0;
    for (let at = 1; at < mask.length; at += maskChannels) area += (mask[at] ?? 0) / 255;
    expect(Math.abs(area - Math.PI * radius ** 2) / area).toBeLessThan(0.005);
  });
});
