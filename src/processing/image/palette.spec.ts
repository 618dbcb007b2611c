import { describe, expect, it } from '@jest/globals';
import { oklabToHex, toOklab } from './oklab.js';
import { extractPalette, type RgbaPixels } from './palette.js';

type Rgba = [red: number, green: number, blue: number, alpha: number];

/** A 64 × 64 picture that gives every pixel its colour by its number. */
function painted(colorAt: (index: number) => Rgba): RgbaPixels {
  const size = 64;
  return {
    width: size,
    height: size,
    data: Uint8Array.from(Array.from({ length: size * size }, (_, index) => colorAt(index)).flat()),
  };
}

const red: Rgba = [255, 0, 0, 255];
const blue: Rgba = [0, 0, 255, 255];
const green: Rgba = [0, 128, 0, 255];

/** The largest difference of a channel. */
function difference(one: string, other: string): number {
  const channels = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  const [left, right] = [channels(one), channels(other)];
  return Math.max(...left.map((value, index) => Math.abs(value - (right[index] ?? 0))));
}

describe('toOklab', () => {
  // Values of the reference implementation.
  it.each([
    [
      [255, 255, 255],
      [1, 0, 0],
    ],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    [
      [255, 0, 0],
      [0.628, 0.2249, 0.1258],
    ],
    [
      [0, 0, 255],
      [0.452, -0.0325, -0.3115],
    ],
  ] as const)('turns %j into %j and back', ([r, g, b], expected) => {
    const lab = toOklab(r, g, b);
    for (const [axis, value] of expected.entries()) expect(lab[axis]).toBeCloseTo(value, 3);
    expect(oklabToHex(lab)).toBe(`#${[r, g, b].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`);
  });
});

describe('extractPalette', () => {
  it('gives the colours of a flag with their shares, the largest first', () => {
    const flag = painted((index) => (index % 4 === 0 ? green : index % 4 === 1 ? blue : red));
    expect(extractPalette(flag)).toEqual([
      { color: '#ff0000', share: 0.5 },
      expect.objectContaining({ share: 0.25 }),
      expect.objectContaining({ share: 0.25 }),
    ]);
    expect(
      extractPalette(flag)
        .map(({ color }) => color)
        .toSorted(),
    ).toEqual(['#0000ff', '#008000', '#ff0000']);
  });

  it('counts a pixel as much as it is opaque', () => {
    const half = painted((index) => (index % 2 === 0 ? red : [0, 0, 255, 85]));
    expect(extractPalette(half)).toEqual([
      { color: '#ff0000', share: 0.75 },
      { color: '#0000ff', share: 0.25 },
    ]);
  });

  it('gives no colour to what is transparent', () => {
    const hidden = painted((index) => (index % 2 === 0 ? green : [255, 0, 0, 0]));
    expect(extractPalette(hidden)).toEqual([{ color: '#008000', share: 1 }]);
    expect(extractPalette(painted(() => [9, 9, 9, 0]))).toEqual([]);
  });

  it('takes shades that look alike for one colour', () => {
    const shades = painted((index) => [200 + (index % 9), 60 + (index % 7), 40, 255]);
    const [only, ...others] = extractPalette(shades);
    expect(others).toEqual([]);
    expect(only?.share).toBe(1);
    expect(difference(only?.color ?? '', '#cc3f28')).toBeLessThanOrEqual(3);
  });

  it('leaves out specks', () => {
    const specks = painted((index) => (index % 512 === 0 ? blue : red));
    expect(extractPalette(specks)).toEqual([{ color: '#ff0000', share: 1 }]);
  });

  it('has at most six colours, which add up to the whole, however colourful the picture', () => {
    const rainbow = painted((index) => [(index * 37) % 256, (index * 91) % 256, (index * 151) % 256, 255]);
    const palette = extractPalette(rainbow);
    expect(palette.length).toBeGreaterThan(3);
    expect(palette.length).toBeLessThanOrEqual(6);
    expect(palette.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 2);
    expect(extractPalette(rainbow)).toEqual(palette);
  });

  it('is made of a single pixel too', () => {
    expect(extractPalette({ width: 1, height: 1, data: Uint8Array.from(blue) })).toEqual([
      { color: '#0000ff', share: 1 },
    ]);
  });
});
