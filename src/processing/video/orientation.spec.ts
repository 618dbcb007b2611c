import { describe, expect, it } from '@jest/globals';
import { orientationOf } from './orientation.js';

const one = 65_536;

describe('orientationOf', () => {
  it.each([
    ['upright', [1, 0, 0, 1], '', false],
    ['a quarter clockwise', [0, 1, -1, 0], 'transpose=clock', true],
    ['half a turn', [-1, 0, 0, -1], 'hflip,vflip', false],
    ['a quarter counterclockwise', [0, -1, 1, 0], 'transpose=cclock', true],
    ['mirrored', [-1, 0, 0, 1], 'hflip', false],
    ['upside down and mirrored', [1, 0, 0, -1], 'vflip', false],
    ['transposed', [0, 1, 1, 0], 'transpose=cclock_flip', true],
    ['transposed the other way', [0, -1, -1, 0], 'transpose=clock_flip', true],
    ['nearly a quarter', [0.1, 0.99, -0.99, 0.1], 'transpose=clock', true],
    ['enlarged', [2, 0, 0, 2], '', false],
    ['no matrix at all', [0, 0, 0, 0], '', false],
  ])('by matrix: %s', (_, [a = 0, b = 0, c = 0, d = 0], filter, swapsSides) => {
    const displayMatrix = [a * one, b * one, c * one, d * one] as const;
    expect(orientationOf({ displayMatrix, rotateTag: null })).toEqual({ filter, swapsSides });
  });

  it.each([
    [90, 'transpose=clock'],
    [180, 'hflip,vflip'],
    [270, 'transpose=cclock'],
    [-90, 'transpose=cclock'],
    [45, ''],
    [null, ''],
  ])('by tag: %s', (rotateTag, filter) => {
    expect(orientationOf({ displayMatrix: null, rotateTag }).filter).toBe(filter);
  });
});
