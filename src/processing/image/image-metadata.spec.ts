import { describe, expect, it } from '@jest/globals';
import { imageFixture, type ImageFixture } from '../../../test/fixtures/image-fixtures.js';
import { readImageMetadata } from './image-metadata.js';

const limits = { maxPixels: 50_000_000, maxFrames: 256, timeoutSeconds: 30 };
const read = async (name: ImageFixture, overrides = {}) =>
  readImageMetadata(await imageFixture(name), { ...limits, ...overrides });

describe('readImageMetadata', () => {
  it('keeps how a photo was taken, and nothing of where or by whom', async () => {
    const metadata = await read('photo-12mp.jpg');
    expect(metadata).toMatchObject({
      format: 'jpeg',
      width: 4000,
      height: 3000,
      colorSpace: 'srgb',
      hasAlpha: false,
      frames: 1,
      animated: false,
    });
    expect(metadata.exif).toEqual({
      make: 'Example',
      model: 'Phone 1',
      takenAt: '2024-06-01T12:34:56+02:00',
      exposureSeconds: 1 / 125,
      fNumber: 1.8,
      iso: 100,
    });
    expect(JSON.stringify(metadata)).not.toMatch(/CANARY|GPS|latitude|54/i);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('gives the size as displayed for orientation %i', async (orientation) => {
    const metadata = await read(`orientation-${orientation}.jpg`);
    expect(metadata).toMatchObject({ width: 60, height: 40 });
    expect(metadata.orientation).toBe(orientation === 1 ? undefined : orientation);
  });

  it.each([
    ['cmyk.jpg', { format: 'jpeg', colorSpace: 'cmyk' }],
    ['16-bit.png', { format: 'png', colorSpace: 'rgb16' }],
    ['alpha.png', { format: 'png', hasAlpha: true }],
    ['photo.avif', { format: 'avif', width: 120, height: 80 }],
    ['photo.tiff', { format: 'tiff', frames: 1 }],
    ['pages.tiff', { format: 'tiff', frames: 3, animated: false, width: 40, height: 30 }],
    ['progressive.jpg', { format: 'jpeg', width: 120, height: 80 }],
    ['interlaced.png', { format: 'png', width: 120, height: 80 }],
    ['palette.png', { format: 'png', width: 120, height: 80 }],
    ['animated.png', { format: 'png', frames: 1, animated: false }],
    ['display-p3.png', { format: 'png', iccName: expect.stringMatching(/P3/) }],
    ['animated.gif', { format: 'gif', frames: 3, animated: true, width: 40, height: 30 }],
    ['animated.webp', { format: 'webp', frames: 3, animated: true, width: 40, height: 30 }],
  ] as const)('reads %s', async (name, expected) => {
    expect(await read(name)).toMatchObject(expected);
  });

  it('refuses a picture that claims too many pixels before it decodes one', async () => {
    await expect(read('bomb.png')).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE', status: 422 });
  });

  it('counts the pixels of all frames', async () => {
    await expect(read('animated.gif', { maxPixels: 3599 })).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
    });
    await expect(read('animated.gif', { maxPixels: 3600 })).resolves.toBeDefined();
    // Of a TIFF one page at a time is decoded.
    await expect(read('pages.tiff', { maxPixels: 1200 })).resolves.toMatchObject({ frames: 3 });
  });

  it('takes an animation of too many frames for a still picture', async () => {
    expect(await read('animated.gif', { maxFrames: 2 })).toMatchObject({ frames: 3, animated: false });
    expect(await read('animated.gif', { maxFrames: 3 })).toMatchObject({ frames: 3, animated: true });
  });

  it('opens no loader beyond the allowed ones', async () => {
    await expect(read('script.svg')).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
    await expect(read('tiny.bmp')).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
  });

  it('does not blame the picture when the file is gone', async () => {
    await expect(readImageMetadata('/nonexistent/a.jpg', limits)).rejects.not.toHaveProperty(
      'code',
      'IMAGE_CORRUPT',
    );
  });
});
