import { describe, expect, it } from '@jest/globals';
import { encodeWithin, maxEncodes } from './max-bytes.js';

/** An encoder whose bytes are a multiple of the quality, and that remembers what it was asked. */
function linear(bytesPerQuality: number) {
  const tried: number[] = [];
  const encode = (quality: number) => {
    tried.push(quality);
    return Promise.resolve({ data: Buffer.alloc(quality * bytesPerQuality), quality });
  };
  return { tried, encode };
}

describe('encodeWithin', () => {
  it('encodes once what fits', async () => {
    const { tried, encode } = linear(1);
    expect((await encodeWithin(encode, { quality: 80, maxBytes: 80 })).quality).toBe(80);
    expect(tried).toEqual([80]);
  });

  it.each([11, 12, 19, 25, 31])('finds the highest quality that fits, %i', async (best) => {
    const { tried, encode } = linear(100);
    expect((await encodeWithin(encode, { quality: 100, maxBytes: best * 100 + 99 })).quality).toBe(best);
    expect(tried.length).toBeLessThanOrEqual(maxEncodes);
  });

  it.each([40, 50, 78, 79])('wastes no more than three hundredths, %i', async (best) => {
    const { encode } = linear(100);
    const { data } = await encodeWithin(encode, { quality: 100, maxBytes: best * 100 });
    expect(data.length).toBeLessThanOrEqual(best * 100);
    expect(data.length).toBeGreaterThan(best * 97 - 1);
  });

  it('stops when it is close', async () => {
    const { tried, encode } = linear(1000);
    await encodeWithin(encode, { quality: 90, maxBytes: 50_100 });
    expect(tried.length).toBeLessThan(maxEncodes);
  });

  it('says so when nothing fits', async () => {
    const { tried, encode } = linear(100);
    await expect(encodeWithin(encode, { quality: 80, maxBytes: 999 })).rejects.toMatchObject({
      code: 'TRANSFORM_INVALID',
      status: 400,
    });
    expect(Math.min(...tried)).toBe(10);
    expect(tried.length).toBeLessThanOrEqual(maxEncodes);
  });

  it('tries a quality below the least just once', async () => {
    const { tried, encode } = linear(100);
    await expect(encodeWithin(encode, { quality: 5, maxBytes: 100 })).rejects.toThrow();
    expect(tried).toEqual([5]);
  });
});
