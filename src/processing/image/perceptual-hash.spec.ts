import { describe, expect, it } from '@jest/globals';
import sharp, { type Sharp } from 'sharp';
import { imageFixture } from '../../../test/fixtures/image-fixtures.js';
import { frequencies, hashPicture, hashSide, lowFrequencies, perceptualHash } from './perceptual-hash.js';

const grid = (level: (x: number, y: number) => number): number[] =>
  Array.from({ length: hashSide ** 2 }, (_, index) => level(index % hashSide, Math.floor(index / hashSide)));
const wave = (position: number, frequency: number): number =>
  Math.cos((Math.PI * (2 * position + 1) * frequency) / (2 * hashSide));
const distance = (a: bigint | null, b: bigint | null): number => {
  if (a === null || b === null) throw new Error('there is no hash');
  return BigInt.asUintN(64, a ^ b)
    .toString(2)
    .replaceAll('0', '').length;
};

/** Repeatable noise of many frequencies. */
function noise(seed: number): number[] {
  let state = seed;
  const next = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  const blobs = Array.from({ length: 20 }, () => ({
    x: next() * 32,
    y: next() * 32,
    level: next() * 120 - 60,
  }));
  return grid((x, y) =>
    blobs.reduce((sum, blob) => sum + blob.level / (1 + ((x - blob.x) ** 2 + (y - blob.y) ** 2) / 20), 128),
  );
}

describe('lowFrequencies', () => {
  it('are 64, from the lowest on, and leave the mean out', () => {
    expect(frequencies.slice(0, 5)).toEqual([
      { u: 0, v: 1 },
      { u: 1, v: 0 },
      { u: 0, v: 2 },
      { u: 1, v: 1 },
      { u: 2, v: 0 },
    ]);
    expect(new Set(frequencies.map(({ u, v }) => `${u}/${v}`)).size).toBe(64);
    expect(frequencies.some(({ u, v }) => u === 0 && v === 0)).toBe(false);
  });

  it('find nothing in a plane, whatever its level', () => {
    for (const level of [0, 100, 255])
      expect(Math.max(...lowFrequencies(grid(() => level)).map(Math.abs))).toBeLessThan(1e-9);
  });

  it.each([
    [0, 1],
    [1, 0],
    [3, 2],
    [9, 1],
  ])('find a wave of %i × %i where it belongs, with all its energy, and nowhere else', (u, v) => {
    const picture = grid((x, y) => 128 + 50 * wave(x, u) * wave(y, v));
    const energy = Math.hypot(...picture.map((level) => level - 128));
    const found = lowFrequencies(picture);
    for (const [index, frequency] of frequencies.entries()) {
      expect(found[index]).toBeCloseTo(frequency.u === u && frequency.v === v ? energy : 0, 6);
    }
  });
});

describe('perceptualHash', () => {
  const picture = noise(1);

  it('is a signed integer of 64 bits with the lowest frequency first', () => {
    const strong = (u: number, v: number) => ((u + v) % 2 === 1 ? 1 : -1);
    const made = grid((x, y) =>
      frequencies.reduce((sum, { u, v }) => sum + strong(u, v) * wave(x, u) * wave(y, v), 128),
    );
    const expected = frequencies.map(({ u, v }) => (strong(u, v) > 0 ? '1' : '0')).join('');
    expect(perceptualHash(made)).toBe(BigInt.asIntN(64, BigInt(`0b${expected}`)));
    expect(perceptualHash(made)).toBeLessThan(0n);
  });

  it.each([
    ['brighter', (level: number) => level + 20],
    ['of less contrast', (level: number) => 128 + (level - 128) / 2],
    ['rounded', Math.round],
  ])('hardly changes when the picture is %s', (_how, change) => {
    expect(distance(perceptualHash(picture), perceptualHash(picture.map(change)))).toBeLessThanOrEqual(2);
  });

  it('is far away for other pictures, a mirrored and an inverted one', () => {
    const mirrored = grid((x, y) => picture[y * hashSide + hashSide - 1 - x] ?? 0);
    const inverted = picture.map((level) => 255 - level);
    for (const other of [noise(2), noise(3), mirrored, inverted])
      expect(distance(perceptualHash(picture), perceptualHash(other))).toBeGreaterThan(16);
  });

  it.each([
    ['a plane', () => 77],
    ['a plane with noise of one level', (x: number, y: number) => 77 + ((x * 7 + y * 13) % 2)],
    ['a gradient', (x: number) => x * 8],
    ['a disc', (x: number, y: number) => (Math.hypot(x - 15.5, y - 15.5) < 9 ? 20 : 255)],
  ])('is not there for %s, which would be near all of its kind', (_what, level) => {
    expect(perceptualHash(grid(level))).toBeNull();
  });
});

describe('hashPicture', () => {
  const size = { width: 800, height: 600 };
  /** A house under the sun, on grass; transparent elsewhere. From pixels: another suite may have blocked SVG. */
  const pixelAt = (x: number, y: number): [number, number, number, number] => {
    if (y >= 550) return [0, 128, 0, 255];
    if (Math.hypot(x - 650, y - 120) < 60) return [255, 215, 0, 255];
    if (x >= 100 && x < 400 && y >= 300) return [165, 42, 42, 255];
    return y >= 150 && y < 300 && Math.abs(x - 250) < y - 150 ? [255, 0, 0, 255] : [0, 0, 0, 0];
  };
  const pixels = Buffer.from(
    Array.from({ length: size.width * size.height }, (_, index) =>
      pixelAt(index % size.width, Math.floor(index / size.width)),
    ).flat(),
  );
  const drawing = () => sharp(pixels, { raw: { ...size, channels: 4 } });
  const photo = () => imageFixture('photo-12mp.jpg');
  const flatDrawing = () => drawing().flatten({ background: 'white' }).png().toBuffer();
  const hashOf = async (picture: Sharp) => hashPicture(sharp(await picture.png().toBuffer()));

  describe.each([
    ['a photo', photo],
    ['a drawing', flatDrawing],
  ])('of %s', (_what, source) => {
    it.each<[string, (picture: Sharp) => Sharp]>([
      ['encoded poorly', (picture) => picture.jpeg({ quality: 30 })],
      ['small, as WebP', (picture) => picture.resize({ width: 203 }).webp({ quality: 60 })],
      ['stretched', (picture) => picture.resize({ width: 300, height: 300, fit: 'fill' })],
      ['brighter', (picture) => picture.modulate({ brightness: 1.15 })],
      ['in pale colours', (picture) => picture.modulate({ saturation: 0.5 })],
      ['blurred', (picture) => picture.blur(3)],
    ])('is near that of the same one %s', async (_how, change) => {
      const changed = await change(sharp(await source())).toBuffer();
      expect(distance(await hashOf(sharp(await source())), await hashOf(sharp(changed)))).toBeLessThanOrEqual(
        5,
      );
    });
  });

  it('is far from that of another picture', async () => {
    expect(distance(await hashOf(sharp(await photo())), await hashOf(drawing()))).toBeGreaterThan(20);
  });

  it('takes what is transparent for white', async () => {
    expect(await hashOf(drawing())).toBe(await hashOf(sharp(await flatDrawing())));
  });
});
