import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { thumbHashToAverageRGBA } from 'thumbhash';
import { imageFixture, type ImageFixture, p3Colour } from '../../../test/fixtures/image-fixtures.js';
import { fromDisplayP3 } from '../../../test/support/colour.js';
import { colourDistance, meanDifference, pixelAt, readPixels } from '../../../test/support/pixels.js';
import { type Derivatives, makeDerivatives } from './derivatives.js';
import { readImageMetadata } from './image-metadata.js';

const limits = { maxPixels: 50_000_000, maxFrames: 256, timeoutSeconds: 30 };
const corners = [
  [15, 10, [255, 0, 0, 255]],
  [45, 10, [0, 255, 0, 255]],
  [15, 30, [0, 0, 255, 255]],
  [45, 30, [255, 255, 255, 255]],
] as const;

describe('makeDerivatives', () => {
  let workDir: string;
  beforeEach(async () => {
    workDir = await mkdtemp(join(tmpdir(), 'derivatives-'));
  });
  afterEach(() => rm(workDir, { recursive: true }));

  async function derive(name: ImageFixture, maxSide = 2560): Promise<Derivatives> {
    const input = await imageFixture(name);
    const metadata = await readImageMetadata(input, limits);
    return makeDerivatives(input, { workDir, limits, optimized: { metadata, maxSide } });
  }
  const sizes = ({ derivatives }: Derivatives) =>
    Object.fromEntries(derivatives.map(({ name, width, height }) => [name, [width, height]]));

  it('makes all sizes of a photo, each smaller than its box and true to the original', async () => {
    const made = await derive('photo-12mp.jpg');
    expect(sizes(made)).toEqual({
      optimized: [2560, 1920],
      'thumbnail-large': [1200, 900],
      'thumbnail-medium': [400, 300],
      'thumbnail-small': [150, 113],
    });
    const reference = await readPixels(
      await sharp(await imageFixture('photo-12mp.jpg'))
        .resize(400, 300)
        .png()
        .toBuffer(),
    );
    for (const { path } of made.derivatives) {
      const shrunk = await readPixels(await sharp(path).resize(400, 300, { fit: 'fill' }).png().toBuffer());
      expect(meanDifference(shrunk, reference)).toBeLessThan(6);
    }
  });

  it('leaves no metadata of the original in any derivative', async () => {
    const { derivatives } = await derive('photo-12mp.jpg');
    expect(derivatives).toHaveLength(4);
    for (const { path, sizeBytes } of derivatives) {
      const bytes = await readFile(path);
      expect(bytes).toHaveLength(sizeBytes);
      expect(bytes.includes('CANARY')).toBe(false);
      const { exif, icc, xmp, iptc, orientation } = await sharp(bytes).metadata();
      expect({ exif, icc, xmp, iptc, orientation }).toEqual({});
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('stands upright from orientation %i', async (orientation) => {
    const { derivatives } = await derive(`orientation-${orientation}.jpg`);
    for (const { path } of derivatives) {
      const pixels = await readPixels(path);
      expect([pixels.width, pixels.height]).toEqual([60, 40]);
      for (const [x, y, colour] of corners)
        expect(colourDistance(pixelAt(pixels, x, y), colour)).toBeLessThan(40);
    }
  });

  it.each([
    ['one-pixel.png', [1, 1]],
    ['wide.png', [150, 1]],
    ['photo.avif', [120, 80]],
    ['photo.tiff', [120, 80]],
    ['16-bit.png', [120, 80]],
    ['cmyk.jpg', [120, 80]],
  ] as const)('never enlarges nor loses a side: %s', async (name, small) => {
    expect(sizes(await derive(name))['thumbnail-small']).toEqual(small);
  });

  it.each([
    'cmyk.jpg',
    '16-bit.png',
    'progressive.jpg',
    'interlaced.png',
    'palette.png',
    'animated.png',
    'photo.avif',
  ] as const)('shows %s as it shows the same picture in a plain TIFF', async (name) => {
    const [wanted, shown] = await Promise.all([
      readPixels(await png('photo.tiff')),
      readPixels(await png(name)),
    ]);
    expect(meanDifference(shown, wanted)).toBeLessThan(20);
  });

  it('shows the first page of a TIFF', async () => {
    const pixels = await readPixels(await png('pages.tiff'));
    expect([pixels.width, pixels.height]).toEqual([40, 30]);
    expect(colourDistance(pixelAt(pixels, 20, 15), [255, 0, 0, 255])).toBeLessThan(8);
  });

  it.each(['display-p3.png', 'display-p3.jpg'] as const)('converts %s to sRGB', async (name) => {
    const shown = pixelAt(await readPixels(await png(name)), 20, 15);
    expect(colourDistance(shown.slice(0, 3), fromDisplayP3(p3Colour))).toBeLessThan(4);
    // As if it were sRGB it would be another colour.
    expect(colourDistance(fromDisplayP3(p3Colour), p3Colour)).toBeGreaterThan(10);
  });

  it('makes a still picture of an animation with too many frames', async () => {
    const input = await imageFixture('animated.gif');
    const few = { ...limits, maxFrames: 2 };
    const metadata = await readImageMetadata(input, few);
    const made = await makeDerivatives(input, {
      workDir,
      limits: few,
      optimized: { metadata, maxSide: 100 },
    });
    const [optimized] = made.derivatives;
    expect((await sharp(optimized?.path).metadata()).pages ?? 1).toBe(1);
    expect(
      colourDistance(pixelAt(await readPixels(optimized?.path ?? ''), 20, 15), [255, 0, 0, 255]),
    ).toBeLessThan(8);
  });

  /** The small thumbnail of a picture, made in a directory of its own. */
  async function png(name: ImageFixture): Promise<Buffer> {
    const own = await mkdtemp(join(workDir, 'own-'));
    const { derivatives } = await makeDerivatives(await imageFixture(name), { workDir: own, limits });
    return sharp(derivatives.find((one) => one.name === 'thumbnail-small')?.path)
      .png()
      .toBuffer();
  }

  it('keeps transparency, in the optimized rendition by WebP', async () => {
    const { derivatives } = await derive('alpha.png');
    expect(derivatives.map(({ contentType }) => contentType)).toEqual(Array(4).fill('image/webp'));
    for (const { path } of derivatives) {
      expect(colourDistance(pixelAt(await readPixels(path), 5, 5), [255, 0, 0, 128])).toBeLessThan(8);
    }
  });

  it.each(['animated.gif', 'animated.webp'] as const)(
    'keeps %s moving, and shows its first frame',
    async (name) => {
      const { derivatives } = await derive(name);
      const [optimized, thumbnail] = derivatives;
      expect(optimized).toMatchObject({ contentType: 'image/webp', width: 40, height: 30 });
      expect((await sharp(optimized?.path).metadata()).pages).toBe(3);
      expect(thumbnail).toMatchObject({ name: 'thumbnail-large', width: 40, height: 30 });
      expect(
        colourDistance(pixelAt(await readPixels(thumbnail?.path ?? ''), 20, 15), [255, 0, 0, 255]),
      ).toBeLessThan(8);
    },
  );

  it('makes a placeholder of the right colour', async () => {
    const { placeholder } = await derive('one-pixel.png');
    const { r, g, b } = thumbHashToAverageRGBA(Buffer.from(placeholder, 'base64'));
    expect(colourDistance([r * 255, g * 255, b * 255], [0x33, 0x66, 0x99])).toBeLessThan(12);
  });

  it('makes thumbnails only, when nothing else is asked for', async () => {
    const { derivatives } = await makeDerivatives(await imageFixture('photo.tiff'), { workDir, limits });
    expect(derivatives.map(({ name }) => name)).toEqual([
      'thumbnail-large',
      'thumbnail-medium',
      'thumbnail-small',
    ]);
  });

  it('refuses half a photo', async () => {
    await expect(derive('truncated.jpg')).rejects.toMatchObject({ code: 'IMAGE_CORRUPT', status: 422 });
  });

  it('stops between steps when it is aborted', async () => {
    const input = await imageFixture('photo.tiff');
    const signal = AbortSignal.abort(new Error('deleted'));
    await expect(makeDerivatives(input, { workDir, limits, signal })).rejects.toThrow('deleted');
  });

  it('reports a missing directory as what it is, not as a bad picture', async () => {
    const options = { workDir: join(workDir, 'absent'), limits };
    await expect(makeDerivatives(await imageFixture('photo.tiff'), options)).rejects.not.toHaveProperty(
      'code',
      'IMAGE_CORRUPT',
    );
  });
});
