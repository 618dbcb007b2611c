import { afterEach, describe, expect, it } from '@jest/globals';
import { imageFixture } from '../../../../test/fixtures/image-fixtures.js';
import { colourDistance, pixelAt } from '../../../../test/support/pixels.js';
import { decodeInThread } from './decode-in-thread.js';

const limits = { maxPixels: 50_000_000, timeoutSeconds: 30 };

describe('decodeInThread', () => {
  /** No thread may be left, however the decoding ended. */
  const threads = () =>
    process.getActiveResourcesInfo().filter((resource) => /MessagePort|Worker/.test(resource)).length;
  const before = threads();
  afterEach(() => expect(threads()).toBeLessThanOrEqual(before));

  it('decodes a phone’s HEIC upright, turned once', async () => {
    const picture = await decodeInThread({ decoder: 'heif', path: await imageFixture('phone.heic'), limits });
    expect([picture.width, picture.height]).toEqual([64, 48]);
    const pixels = { ...picture, data: Buffer.from(picture.data) };
    for (const [x, y, colour] of [
      [16, 12, [255, 0, 0, 255]],
      [48, 12, [0, 255, 0, 255]],
      [16, 36, [0, 0, 255, 255]],
      [48, 36, [255, 255, 255, 255]],
    ] as const)
      expect(colourDistance(pixelAt(pixels, x, y), colour)).toBeLessThan(12);
  });

  it('decodes JPEG XL', async () => {
    const picture = await decodeInThread({ decoder: 'jxl', path: await imageFixture('small.jxl'), limits });
    const pixels = { ...picture, data: Buffer.from(picture.data) };
    expect([picture.width, picture.height]).toEqual([16, 8]);
    expect([pixelAt(pixels, 3, 4), pixelAt(pixels, 12, 4)]).toEqual([
      [255, 0, 0, 255],
      [0, 0, 255, 255],
    ]);
  });

  it.each([
    ['heif', 'truncated.heic', 'IMAGE_CORRUPT'],
    ['heif', 'tiny.bmp', 'IMAGE_CORRUPT'],
    ['heif', 'photo.avif', 'IMAGE_UNSUPPORTED'],
    ['heif', 'claims-much.heic', 'IMAGE_TOO_LARGE'],
    ['jxl', 'tiny.bmp', 'IMAGE_CORRUPT'],
    ['bmp', 'phone.heic', 'IMAGE_CORRUPT'],
  ] as const)('refuses, by the decoder for %s, %s', async (decoder, name, code) => {
    const decoding = decodeInThread({ decoder, path: await imageFixture(name), limits });
    await expect(decoding).rejects.toMatchObject({ code });
  });

  it.each([
    ['heif', 'phone.heic', 3071],
    ['jxl', 'small.jxl', 127],
    ['bmp', 'tiny.bmp', 3],
  ] as const)('holds %s to the pixel limit', async (decoder, name, maxPixels) => {
    const path = await imageFixture(name);
    const decode = (most: number) =>
      decodeInThread({ decoder, path, limits: { ...limits, maxPixels: most } });
    await expect(decode(maxPixels)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    await expect(decode(maxPixels + 1)).resolves.toBeDefined();
  });

  it('ends a decoder that wants more memory than it may have', async () => {
    const decode = async (name: 'photo.heic' | 'phone.heic') =>
      decodeInThread({
        decoder: 'heif',
        path: await imageFixture(name),
        limits,
        maxWasmBytes: 24 * 1024 ** 2,
      });
    await expect(decode('photo.heic')).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message: expect.stringContaining('memory'),
    });
    await expect(decode('phone.heic')).resolves.toMatchObject({ width: 64, height: 48 });
  });

  it('stops in the middle when the time is over', async () => {
    const path = await imageFixture('photo.heic');
    const decoding = decodeInThread({ decoder: 'heif', path, limits: { ...limits, timeoutSeconds: 0.2 } });
    await expect(decoding).rejects.toMatchObject({ code: 'IMAGE_TIMEOUT' });
  });

  it('stops in the middle when the signal says so, and does not start after it', async () => {
    const path = await imageFixture('photo.heic');
    const controller = new AbortController();
    const decoding = decodeInThread({ decoder: 'heif', path, limits, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('deleted')), 150);
    await expect(decoding).rejects.toThrow('deleted');
    await expect(
      decodeInThread({ decoder: 'heif', path: '/nonexistent', limits, signal: controller.signal }),
    ).rejects.toThrow('deleted');
  });

  it('does not blame the picture when the file is gone', async () => {
    const decoding = decodeInThread({ decoder: 'bmp', path: '/nonexistent', limits });
    await expect(decoding).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
