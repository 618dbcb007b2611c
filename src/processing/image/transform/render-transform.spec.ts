import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { imageFixture } from '../../../../test/fixtures/image-fixtures.js';
import { meanDifference, readPixels } from '../../../../test/support/pixels.js';
import { drawn, rendered, renderLimits } from '../../../../test/support/transforms.js';
import { canonicalTransform } from './canonical-transform.js';
import { renderTransform } from './render-transform.js';
import type { TransformParams } from './transform-params.js';

describe('renderTransform', () => {
  it('gives the very pixels of bare sharp, decoded no larger than it does', async () => {
    const photo = await imageFixture('photo-12mp.jpg');
    const bare = await readPixels(await sharp(photo).resize(400).png().toBuffer());
    const decodedWhole = sharp(photo).extract({ left: 0, top: 0, width: 4000, height: 3000 });
    const ours = await drawn('photo-12mp.jpg', { width: 400 });
    expect(meanDifference(ours, bare)).toBe(0);
    expect(meanDifference(ours, await readPixels(await decodedWhole.resize(400).png().toBuffer()))).not.toBe(
      0,
    );
  });

  it.each<TransformParams>([
    { width: 200, height: 200 },
    { width: 300, rotate: 90, flop: true },
  ])('decodes a photo that was held upright no larger either: %j', async (params) => {
    const stored = await sharp(await imageFixture('photo-12mp.jpg')).toBuffer();
    const held = await sharp(stored).withMetadata({ orientation: 6 }).toBuffer();
    const source = { width: 3000, height: 4000, hasAlpha: false };
    const canonical = canonicalTransform(params, source, { negotiated: 'png', maxOutputPixels: 1e7 });
    const { data } = await renderTransform(held, canonical, { limits: renderLimits });
    // What sharp does with the sides swapped and the picture turned afterwards keeps it small while decoding.
    const small = params.rotate
      ? sharp(held).resize(300, 225, { fit: 'fill' }).flop()
      : sharp(await sharp(held).resize(267, 200, { fit: 'fill' }).rotate(90).png().toBuffer()).extract({
          left: 0,
          top: 34,
          width: 200,
          height: 200,
        });
    const turned = params.rotate ? sharp(await small.png().toBuffer()).rotate(180) : small;
    expect(
      meanDifference(await readPixels(data), await readPixels(await turned.png().toBuffer())),
    ).toBeLessThan(0.02);
  });

  it('brings CMYK and 16 bits down to 8-bit sRGB', async () => {
    for (const name of ['cmyk.jpg', '16-bit.png'] as const) {
      const { space, depth } = await sharp((await rendered(name, {})).data).metadata();
      expect({ space, depth }).toEqual({ space: 'srgb', depth: 'uchar' });
    }
  });

  it('refuses damaged and oversized originals', async () => {
    await expect(rendered('truncated.jpg', { width: 100 })).rejects.toMatchObject({ code: 'IMAGE_CORRUPT' });
    const { canonical } = await rendered('photo.tiff', { width: 60 });
    const bomb = await imageFixture('bomb.png');
    await expect(renderTransform(bomb, canonical, { limits: renderLimits })).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
    });
  });

  it.each<TransformParams>([
    { blur: 100, sharpen: 10 },
    { width: 3999, gamma: 2, pixelate: 2, maxBytes: 1000 },
  ])('ends what takes too long, in one pipeline or in many: %j', async (params) => {
    const path = await imageFixture('photo-12mp.jpg');
    const slow = canonicalTransform(
      params,
      { width: 4000, height: 3000, hasAlpha: false },
      { negotiated: 'webp', maxOutputPixels: 40_000_000 },
    );
    const limits = { ...renderLimits, timeoutSeconds: 1 };
    await expect(renderTransform(path, slow, { limits })).rejects.toMatchObject({ code: 'IMAGE_TIMEOUT' });
  });
});
