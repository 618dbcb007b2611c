import { describe, expect, it } from '@jest/globals';
import { bmp, ico } from '../../../test/fixtures/image-bytes.js';
import { checkBmpHeader, checkIcoHeader } from './raw-header-check.js';

const maxPixels = 1_000_000;
const checkBmp = (file: Buffer) => checkBmpHeader(file, file.length, maxPixels);
const checkIco = (file: Buffer) => checkIcoHeader(file, file.length, maxPixels);
const patched = (file: Buffer, patch: (copy: Buffer) => void) => {
  patch(file);
  return file;
};

describe('checkBmpHeader', () => {
  it('gives the size, with rows in either direction', () => {
    expect(checkBmp(bmp({ width: 3, height: 2 }))).toEqual({ width: 3, height: 2 });
    expect(checkBmp(bmp({ width: 3, height: -2 }))).toEqual({ width: 3, height: 2 });
  });

  it.each([
    ['more pixels than allowed', bmp({ width: 3_000_000, height: 2_000_000 }), 'IMAGE_TOO_LARGE'],
    ['a negative width', bmp({ width: -127, height: 64 }), 'IMAGE_CORRUPT'],
    ['no height', bmp({ width: 2, height: 0 }), 'IMAGE_CORRUPT'],
    ['pixels that are not in the file', bmp({ width: 900, height: 900 }), 'IMAGE_CORRUPT'],
    [
      'an odd bit depth',
      patched(bmp({ width: 2, height: 2 }), (b) => b.writeUInt16LE(13, 28)),
      'IMAGE_CORRUPT',
    ],
    [
      'pixels behind the end',
      patched(bmp({ width: 2, height: 2 }), (b) => b.writeUInt32LE(9999, 10)),
      'IMAGE_CORRUPT',
    ],
    [
      'an unknown header',
      patched(bmp({ width: 2, height: 2 }), (b) => b.writeUInt32LE(20, 14)),
      'IMAGE_CORRUPT',
    ],
    ['a cut header', bmp({ width: 2, height: 2 }).subarray(0, 30), 'IMAGE_CORRUPT'],
    ['another signature', Buffer.alloc(100), 'IMAGE_CORRUPT'],
  ])('refuses %s', (_, file, code) => {
    expect(() => checkBmp(file)).toThrow(expect.objectContaining({ code }));
  });
});

describe('checkIcoHeader', () => {
  it('gives the size of the embedded picture', () => {
    expect(checkIco(ico(64, 64))).toEqual({ width: 64, height: 64 });
  });

  it.each([
    ['an embedded PNG that claims more than allowed', ico(469_762_080, 32), 'IMAGE_TOO_LARGE'],
    ['an embedded PNG without width', ico(0, 32), 'IMAGE_CORRUPT'],
    ['an empty directory', Buffer.alloc(22), 'IMAGE_CORRUPT'],
    ['a picture behind the end', ico(64, 64).subarray(0, 40), 'IMAGE_CORRUPT'],
    ['more entries than bytes', patched(ico(64, 64), (b) => b.writeUInt16LE(60_000, 4)), 'IMAGE_CORRUPT'],
  ])('refuses %s', (_, file, code) => {
    expect(() => checkIco(file)).toThrow(expect.objectContaining({ code }));
  });
});
