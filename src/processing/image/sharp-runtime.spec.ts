import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { imageFixture } from '../../../test/fixtures/image-fixtures.js';
import { sharp } from './sharp-runtime.js';

describe('sharp as configured', () => {
  it('opens neither files nor bytes of a format that is not allowed', async () => {
    const svg = await imageFixture('script.svg');
    await expect(sharp(svg).metadata()).rejects.toThrow('unsupported image format');
    await expect(sharp(await readFile(svg)).metadata()).rejects.toThrow('unsupported image format');
  });

  it.each([
    'photo-12mp.jpg',
    'alpha.png',
    'animated.webp',
    'animated.gif',
    'photo.tiff',
    'photo.avif',
  ] as const)('opens %s, as file and as bytes', async (name) => {
    const path = await imageFixture(name);
    const [file, bytes] = await Promise.all([sharp(path).metadata(), sharp(await readFile(path)).metadata()]);
    expect(bytes.format).toBe(file.format);
  });

  it('takes one thread per image and keeps no decoded pictures', () => {
    expect(sharp.concurrency()).toBe(1);
    expect(sharp.cache()).toMatchObject({ memory: { max: 0 }, files: { max: 0 }, items: { max: 0 } });
  });
});
