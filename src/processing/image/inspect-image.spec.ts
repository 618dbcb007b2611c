import { describe, expect, it } from '@jest/globals';
import { imageFixture } from '../../../test/fixtures/image-fixtures.js';
import { inspectImage } from './inspect-image.js';

const limits = { maxPixels: 50_000_000, maxFrames: 256, timeoutSeconds: 30 };

describe('inspectImage', () => {
  it('gives the metadata of what can be decoded', async () => {
    const inspection = await inspectImage(await imageFixture('alpha.png'), 'image/png', limits);
    expect(inspection).toMatchObject({ way: 'direct', metadata: { format: 'png', width: 80, height: 60 } });
  });

  it.each([
    ['script.svg', 'image/svg+xml', { format: 'svg', size: { width: 9, height: 9 } }],
    ['tiny.bmp', 'image/bmp', { format: 'bmp', size: { width: 2, height: 2 } }],
    ['tiny.bmp', 'image/heic', { format: 'heic', size: null }],
  ] as const)('sends %s as %s to a decoder, with what its header tells', async (name, type, header) => {
    expect(await inspectImage(await imageFixture(name), type, limits)).toEqual({ way: 'master', header });
  });

  it('keeps what nothing decodes for download, and JPEG XL unless it is wanted', async () => {
    const path = await imageFixture('tiny.bmp');
    const kept = { way: 'download', size: null };
    expect(await inspectImage(path, 'image/vnd.adobe.photoshop', limits)).toEqual(kept);
    expect(await inspectImage(path, 'image/jxl', { ...limits, jxl: false })).toEqual(kept);
    expect(await inspectImage(path, 'image/jxl', { ...limits, jxl: true })).toMatchObject({ way: 'master' });
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
