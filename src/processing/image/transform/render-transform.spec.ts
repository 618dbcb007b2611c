import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { imageFixture, type ImageFixture } from '../../../../test/fixtures/image-fixtures.js';
import { colourDistance, meanDifference, pixelAt, readPixels } from '../../../../test/support/pixels.js';
import { readImageMetadata } from '../image-metadata.js';
import { canonicalTransform } from './canonical-transform.js';
import { renderTransform } from './render-transform.js';
import type { TransformParams } from './transform-params.js';

const limits = { maxPixels: 100_000_000, maxFrames: 2048, timeoutSeconds: 30 };

async function render(name: ImageFixture, params: TransformParams) {
  const path = await imageFixture(name);
  const source = await readImageMetadata(path, limits);
  const canonical = canonicalTransform(params, source, { negotiated: 'png', maxOutputPixels: 40_000_000 });
  const rendered = await renderTransform(path, canonical, { limits });
  return { ...rendered, canonical, pixels: await readPixels(rendered.data) };
}

const red = [255, 0, 0, 255];
const green = [0, 255, 0, 255];
const blue = [0, 0, 255, 255];
const white = [255, 255, 255, 255];

describe('renderTransform', () => {
  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('writes true %s without metadata', async (format) => {
    const { data, contentType, width, height } = await render('photo-12mp.jpg', { width: 320, format });
    expect({ contentType, width, height }).toEqual({
      contentType: `image/${format}`,
      width: 320,
      height: 240,
    });
    const metadata = await sharp(data).metadata();
    expect(metadata.format).toBe(format === 'avif' ? 'heif' : format);
    expect([metadata.exif, metadata.icc, metadata.xmp, metadata.orientation]).toEqual(
      Array(4).fill(undefined),
    );
    expect(data.includes('CANARY')).toBe(false);
  });

  it('looks like what bare sharp makes', async () => {
    const { pixels } = await render('photo-12mp.jpg', { width: 400 });
    const bare = await sharp(await imageFixture('photo-12mp.jpg'))
      .resize(400)
      .png()
      .toBuffer();
    expect(meanDifference(pixels, await readPixels(bare))).toBeLessThan(2);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('stands upright from orientation %i', async (orientation) => {
    const { pixels } = await render(`orientation-${orientation}.jpg`, { width: 30 });
    expect([pixels.width, pixels.height]).toEqual([30, 20]);
    expect(colourDistance(pixelAt(pixels, 7, 5), red)).toBeLessThan(40);
    expect(colourDistance(pixelAt(pixels, 22, 15), white)).toBeLessThan(40);
  });

  it.each([
    [90, [40, 60], blue, green],
    [180, [60, 40], white, red],
    [270, [40, 60], green, blue],
  ] as const)(
    'turns by %i degrees, on top of the orientation',
    async (rotate, size, topLeft, bottomRight) => {
      const { pixels } = await render('orientation-6.jpg', { rotate });
      expect([pixels.width, pixels.height]).toEqual(size);
      expect(colourDistance(pixelAt(pixels, 5, 5), topLeft)).toBeLessThan(40);
      expect(colourDistance(pixelAt(pixels, size[0] - 5, size[1] - 5), bottomRight)).toBeLessThan(40);
    },
  );

  it('sizes and crops after turning', async () => {
    const { pixels } = await render('orientation-1.jpg', {
      rotate: 90,
      width: 20,
      height: 20,
      position: 'north',
    });
    expect([pixels.width, pixels.height]).toEqual([20, 20]);
    expect(colourDistance(pixelAt(pixels, 4, 4), blue)).toBeLessThan(40);
    expect(colourDistance(pixelAt(pixels, 15, 4), red)).toBeLessThan(40);
  });

  it.each([
    ['west', red],
    ['east', green],
    ['northwest', red],
    ['southeast', green],
  ] as const)('keeps the %s when it crops', async (position, colour) => {
    const { pixels } = await render('orientation-1.jpg', { width: 20, height: 40, position });
    expect(colourDistance(pixelAt(pixels, 10, 5), colour)).toBeLessThan(40);
  });

  it.each(['attention', 'entropy'] as const)('crops by %s', async (position) => {
    const { pixels } = await render('orientation-1.jpg', { width: 20, height: 20, position });
    expect([pixels.width, pixels.height]).toEqual([20, 20]);
  });

  it('pads transparently where the format can, else with the background', async () => {
    const params = { width: 40, height: 40, fit: 'contain' } as const;
    const clear = await render('orientation-1.jpg', params);
    expect(pixelAt(clear.pixels, 20, 1)[3]).toBe(0);
    const blueish = await render('orientation-1.jpg', { ...params, format: 'jpeg', background: '00f' });
    expect(colourDistance(pixelAt(blueish.pixels, 20, 1), blue)).toBeLessThan(20);
  });

  it('shows the background through transparency', async () => {
    const onWhite = await render('alpha.png', { format: 'jpeg' });
    expect(colourDistance(pixelAt(onWhite.pixels, 5, 5), [255, 127, 127, 255])).toBeLessThan(10);
    const kept = await render('alpha.png', {});
    expect(colourDistance(pixelAt(kept.pixels, 5, 5), [255, 0, 0, 128])).toBeLessThan(4);
  });

  it('blurs, sharpens and takes the colour out', async () => {
    const sharpEdge = await render('orientation-1.jpg', {});
    const blurred = await render('orientation-1.jpg', { blur: 5 });
    const sharpened = await render('photo.tiff', { sharpen: 2 });
    const grey = await render('orientation-1.jpg', { grayscale: true });
    expect(colourDistance(pixelAt(sharpEdge.pixels, 27, 5), red)).toBeLessThan(40);
    expect(colourDistance(pixelAt(blurred.pixels, 27, 5), red)).toBeGreaterThan(50);
    expect(meanDifference(sharpened.pixels, (await render('photo.tiff', {})).pixels)).toBeGreaterThan(1);
    const [r, g, b] = pixelAt(grey.pixels, 5, 5);
    expect([g, b]).toEqual([r, r]);
  });

  it('brings CMYK and 16 bits down to 8-bit sRGB', async () => {
    for (const name of ['cmyk.jpg', '16-bit.png'] as const) {
      const { space, depth } = await sharp((await render(name, {})).data).metadata();
      expect({ space, depth }).toEqual({ space: 'srgb', depth: 'uchar' });
    }
  });

  it('takes bytes as well as a file', async () => {
    const { canonical, pixels } = await render('photo.tiff', { width: 60 });
    const bytes = await readFile(await imageFixture('photo.tiff'));
    const again = await renderTransform(bytes, canonical, { limits });
    expect(meanDifference(await readPixels(again.data), pixels)).toBe(0);
  });

  it('refuses damaged and oversized originals', async () => {
    await expect(render('truncated.jpg', { width: 100 })).rejects.toMatchObject({ code: 'IMAGE_CORRUPT' });
    const { canonical } = await render('photo.tiff', { width: 60 });
    const bomb = await imageFixture('bomb.png');
    await expect(renderTransform(bomb, canonical, { limits })).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
    });
  });

  it('ends a pipeline that takes too long', async () => {
    const path = await imageFixture('photo-12mp.jpg');
    const slow = canonicalTransform(
      { blur: 100, sharpen: 10 },
      { width: 4000, height: 3000, hasAlpha: false },
      { negotiated: 'jpeg', maxOutputPixels: 40_000_000 },
    );
    await expect(
      renderTransform(path, slow, { limits: { ...limits, timeoutSeconds: 1 } }),
    ).rejects.toMatchObject({
      code: 'IMAGE_TIMEOUT',
    });
  });
});
