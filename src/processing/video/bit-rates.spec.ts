import { describe, expect, it } from '@jest/globals';
import { measureBitRates } from './bit-rates.js';

const segment = (seconds: number, kilobytes: number) => ({ seconds, sizeBytes: kilobytes * 1000 });

describe('measureBitRates', () => {
  it('finds the largest segment', () => {
    expect(measureBitRates([segment(4, 100), segment(4, 300), segment(4, 200)], 4)).toEqual({
      average: 400_000,
      peak: 600_000,
    });
  });

  it('does not count a short last segment alone, but with its neighbour', () => {
    expect(measureBitRates([segment(4, 100), segment(1, 100)], 4).peak).toBe(320_000);
  });

  it('falls back to the average for what is shorter than half a segment', () => {
    expect(measureBitRates([segment(0.5, 100)], 4)).toEqual({ average: 1_600_000, peak: 1_600_000 });
  });

  it('is zero for nothing', () => {
    expect(measureBitRates([], 4)).toEqual({ average: 0, peak: 0 });
  });
});
