import { describe, expect, it } from '@jest/globals';
import { imageFixture } from '../../../test/fixtures/image-fixtures.js';
import { inspectImage, isDecodable } from './inspect-image.js';

const limits = { maxPixels: 100_000_000, maxFrames: 2048, timeoutSeconds: 30 };

describe('isDecodable', () => {
  it.each(['image/jpeg', 'image/png', 'image/apng', 'image/webp', 'image/gif', 'image/tiff', 'image/avif'])(
    'makes derivatives of %s',
    (type) => expect(isDecodable(type)).toBe(true),
  );
  it.each([
    'image/heic',
    'image/svg+xml',
    'image/bmp',
    'image/x-icon',
    'image/jxl',
    'image/x-adobe-dng',
    'application/pdf',
  ])('keeps %s for download only', (type) => expect(isDecodable(type)).toBe(false));
});

describe('inspectImage', () => {
  it('gives the metadata of what can be decoded', async () => {
    const inspection = await inspectImage(await imageFixture('alpha.png'), 'image/png', limits);
    expect(inspection).toMatchObject({ decodable: true, metadata: { format: 'png', width: 80, height: 60 } });
  });

  it.each([
    ['script.svg', 'image/svg+xml', { width: 9, height: 9 }],
    ['tiny.bmp', 'image/bmp', { width: 2, height: 2 }],
    ['tiny.bmp', 'image/vnd.adobe.photoshop', null],
    ['tiny.bmp', 'image/heic', null],
  ] as const)('keeps %s as %s for download, with its size if known', async (name, type, size) => {
    expect(await inspectImage(await imageFixture(name), type, limits)).toEqual({ decodable: false, size });
  });

  it.each([
    ['bomb.svg', 'image/svg+xml', 'IMAGE_UNSAFE'],
    ['lying.bmp', 'image/bmp', 'IMAGE_TOO_LARGE'],
    ['tiny.bmp', 'image/x-icon', 'IMAGE_CORRUPT'],
    ['bomb.png', 'image/png', 'IMAGE_TOO_LARGE'],
  ] as const)('refuses %s as %s', async (name, type, code) => {
    await expect(inspectImage(await imageFixture(name), type, limits)).rejects.toMatchObject({ code });
  });
});
