import { describe, expect, it } from '@jest/globals';
import { bandsOf, bandTokens, maxHammingDistance } from './hamming-bands.js';

const hash = BigInt.asIntN(64, 0xffff_0001_8000_00f0n);

describe('bandTokens', () => {
  it('are the bands themselves, numbered, when nothing may differ', () => {
    expect(bandTokens(hash, 0)).toEqual([0x0_ffff, 0x1_0001, 0x2_8000, 0x3_00f0]);
  });

  it('take a signed and an unsigned hash alike', () => {
    expect(hash).toBeLessThan(0n);
    expect(bandTokens(BigInt.asUintN(64, hash), 11)).toEqual(bandTokens(hash, 11));
  });

  it.each([
    [0, 4],
    [3, 4],
    [4, 68],
    [7, 68],
    [8, 548],
    [11, 548],
  ])('for a distance of %i are %i, all different', (distance, count) => {
    expect(new Set(bandTokens(hash, distance)).size).toBe(count);
    expect(bandTokens(hash, distance)).toHaveLength(count);
  });

  it('refuse a distance at which the index would miss some', () => {
    expect(() => bandTokens(hash, maxHammingDistance + 1)).toThrow(RangeError);
  });

  it('find whatever is near, however its bits are spread', () => {
    for (let distance = 0; distance <= maxHammingDistance; distance += 1) {
      const tokens = new Set(bandTokens(hash, distance));
      for (let round = 0; round < 200; round += 1) {
        let near = hash;
        const flipped = new Set<number>();
        while (flipped.size < distance) flipped.add(Math.floor(Math.random() * 64));
        for (const bit of flipped) near ^= 1n << BigInt(bit);
        expect(bandTokens(near, 0).some((token) => tokens.has(token))).toBe(true);
      }
    }
  });
});

describe('bandsOf', () => {
  it('says in SQL what the tokens of a hash itself are', () => {
    expect(bandsOf('h')).toBe(
      'array[(((h >> 48) & 65535) | 0)::int, (((h >> 32) & 65535) | 65536)::int, ' +
        '(((h >> 16) & 65535) | 131072)::int, (((h >> 0) & 65535) | 196608)::int]',
    );
  });
});
