import { describe, expect, it } from '@jest/globals';
import { columnsOf, samplesPerPoint, toWaveform } from './waveform.js';

describe('samplesPerPoint', () => {
  it.each([
    [0, 256],
    [10_000, 256],
    [60_000, 720],
    [4 * 3_600_000, 172_800],
  ])('of %d ms', (durationMs, samples) => {
    expect(samplesPerPoint(durationMs)).toBe(samples);
  });
});

describe('toWaveform', () => {
  it('scales levels to bytes, and takes what is none for silence', () => {
    expect(toWaveform({ lowest: [-1, -0.5, -3, Number.NaN], highest: [1, 0, 3, 0.25] }, 256)).toEqual({
      version: 2,
      channels: 1,
      sample_rate: 48_000,
      samples_per_pixel: 256,
      bits: 8,
      length: 4,
      data: [-127, 127, -63, 0, -128, 127, 0, 32],
    });
  });

  it('has a bounded number of points', () => {
    const long = Array.from({ length: 20_000 }, () => 0.5);
    expect(toWaveform({ lowest: long, highest: long }, 256)).toMatchObject({ length: 8000 });
  });
});

describe('columnsOf', () => {
  const waveform = toWaveform({ lowest: [-1, 0, 0, 0], highest: [0, 0, 0.5, 0] }, 256);

  it.each([
    [2, [1, 0.5]],
    [4, [1, 0, 0.5, 0]],
    [8, [1, 1, 0, 0, 0.5, 0.5, 0, 0]],
  ])('gives the swing of %d columns', (columns, expected) => {
    expect(columnsOf(waveform, columns).map((value) => Math.round(value * 10) / 10)).toEqual(expected);
  });

  it('draws nothing of nothing', () => {
    expect(columnsOf(toWaveform({ lowest: [], highest: [] }, 256), 2)).toEqual([0, 0]);
  });
});
