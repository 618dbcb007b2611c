import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import exifr from 'exifr';
import sharp from 'sharp';
import { imageFixture } from '../../../../../test/fixtures/image-fixtures.js';
import { meanDifference, pixelAt, readPixels } from '../../../../../test/support/pixels.js';
import { rendered, renderLimits } from '../../../../../test/support/transforms.js';
import { canonicalTransform } from '../canonical-transform.js';
import { renderTransform } from '../render-transform.js';
import { type OutputFormat, outputFormats, type TransformParams } from '../transform-params.js';

async function exifOf(image: Buffer): Promise<Record<string, unknown>> {
  const { exif } = await sharp(image).metadata();
  return exif
    ? ((await exifr.parse(exif.subarray(exif.indexOf('II')), { gps: true })) as Record<string, unknown>)
    : {};
}

describe('encoding', () => {
  it.each(outputFormats)('writes true %s', async (format) => {
    const { data, contentType, width, height } = await rendered('photo-12mp.jpg', { width: 320, format });
    expect({ contentType, width, height }).toEqual({
      contentType: `image/${format}`,
      width: 320,
      height: 240,
    });
    expect((await sharp(data).metadata()).format).toBe(format === 'avif' ? 'heif' : format);
  });

  it.each(['jpeg', 'webp', 'avif'] as const)('gives fewer bytes of %s for less quality', async (format) => {
    const size = async (quality: number) => (await rendered('photo.tiff', { format, quality })).data.length;
    expect(await size(30)).toBeLessThan(0.7 * (await size(90)));
  });

  it.each<[OutputFormat, TransformParams]>([
    ['png', {}],
    ['webp', { lossless: true }],
    ['avif', { lossless: true }],
  ])('loses nothing in %s', async (format, params) => {
    const { pixels } = await rendered('photo.tiff', { format, ...params });
    expect(meanDifference(pixels, await readPixels(await imageFixture('photo.tiff')))).toBe(0);
  });

  it.each(['jpeg', 'webp', 'avif'] as const)('fits %s into a number of bytes', async (format) => {
    const whole = (await rendered('photo.tiff', { format, quality: 90 })).data.length;
    const maxBytes = Math.round(whole * 0.6);
    const { data, pixels } = await rendered('photo.tiff', { format, quality: 90, maxBytes });
    expect(data.length).toBeLessThanOrEqual(maxBytes);
    expect(data.length).toBeGreaterThan(maxBytes * 0.8);
    expect(meanDifference(pixels, await readPixels(await imageFixture('photo.tiff')))).toBeLessThan(12);
  });

  it.each<TransformParams>([
    { format: 'webp', maxBytes: 300 },
    { format: 'png', maxBytes: 1000 },
    { format: 'gif', maxBytes: 1000 },
    { format: 'webp', lossless: true, maxBytes: 1000 },
  ])('says so when it can not: %j', async (params) => {
    await expect(rendered('photo.tiff', params)).rejects.toMatchObject({ code: 'TRANSFORM_INVALID' });
  });

  it('makes a smaller picture of the same canonical form with more effort', async () => {
    const slow = await rendered('photo-12mp.jpg', { width: 300, format: 'webp' }, { effort: 6 });
    const quick = await rendered('photo-12mp.jpg', { width: 300, format: 'webp' }, { effort: 0 });
    expect(slow.canonical).toEqual(quick.canonical);
    expect(slow.data.length).toBeLessThan(quick.data.length);
    expect(meanDifference(slow.pixels, quick.pixels)).toBeLessThan(3);
  });
});

describe('metadata of a result', () => {
  it.each(['jpeg', 'png', 'webp', 'avif'] as const)(
    'of %s is who made it and nothing else',
    async (format) => {
      const { data } = await rendered('photo-12mp.jpg', { width: 64, format });
      const { icc, xmp, iptc, orientation } = await sharp(data).metadata();
      expect([icc, xmp, iptc, orientation ?? 1]).toEqual([undefined, undefined, undefined, 1]);
      const exif = await exifOf(data);
      expect(exif).toMatchObject({ Artist: 'CANARY-PRIVATE', Copyright: 'CANARY-PRIVATE' });
      for (const name of ['Make', 'Model', 'DateTimeOriginal', 'latitude', 'GPSLatitude', 'BodySerialNumber'])
        expect(exif).not.toHaveProperty(name);
    },
  );

  it.each(['jpeg', 'png', 'webp', 'avif', 'gif'] as const)('of %s is nothing when asked', async (format) => {
    const { data } = await rendered('photo-12mp.jpg', { width: 64, format, keepCopyright: false });
    const { exif, icc, xmp, orientation } = await sharp(data).metadata();
    expect([exif, icc, xmp, orientation]).toEqual(Array(4).fill(undefined));
    expect(data.includes('CANARY')).toBe(false);
  });

  it('is how it was taken when asked, but never where and with which very camera', async () => {
    const { data } = await rendered('photo-12mp.jpg', {
      width: 64,
      format: 'jpeg',
      strip: false,
      blur: 1,
      radius: 3,
    });
    const exif = await exifOf(data);
    expect(exif).toMatchObject({ Make: 'Example', Model: 'Phone 1', ExposureTime: 1 / 125, FNumber: 1.8 });
    expect(exif).toHaveProperty('DateTimeOriginal');
    for (const name of ['latitude', 'longitude', 'GPSLatitude', 'BodySerialNumber', 'CameraOwnerName'])
      expect(exif).not.toHaveProperty(name);
  });

  it('says names in their own letters', async () => {
    const original = await sharp(await imageFixture('orientation-6.jpg'))
      .withMetadata({ orientation: 6 })
      .withExifMerge({ IFD0: { Artist: 'Zoe' } })
      .toBuffer();
    const named = Buffer.from(
      original.toString('latin1').replace('Zoe\0', Buffer.from('Zoë').toString('latin1')),
      'latin1',
    );
    const source = { width: 60, height: 40, hasAlpha: false };
    const canonical = canonicalTransform({}, source, { negotiated: 'webp', maxOutputPixels: 1e6 });
    const { data } = await renderTransform(named, canonical, { limits: renderLimits });
    const { xmp, exif } = await sharp(data).metadata();
    expect(exif).toBeDefined();
    expect(xmp?.toString()).toContain('<dc:creator><rdf:Seq><rdf:li>Zoë</rdf:li>');
  });

  it.each([2, 3, 4, 5, 6, 7, 8])(
    'does not turn a picture twice that was stored by orientation %i',
    async (orientation) => {
      for (const format of ['jpeg', 'webp', 'avif'] as const) {
        const source = await sharp(await imageFixture(`orientation-${orientation}.jpg`))
          .keepExif()
          .withExifMerge({ IFD0: { Copyright: 'me' } })
          .jpeg({ quality: 95 })
          .toBuffer();
        const canonical = canonicalTransform(
          { width: 20, height: 20, position: '0.9,0.5' },
          { width: 60, height: 40, hasAlpha: false },
          { negotiated: format, maxOutputPixels: 1e6 },
        );
        const { data } = await renderTransform(source, canonical, { limits: renderLimits });
        expect((await exifOf(data))['Copyright']).toBe('me');
        const shown = await readPixels(await sharp(data).autoOrient().png().toBuffer());
        expect(pixelAt(shown, 15, 4)[1]).toBeGreaterThan(200);
        expect(pixelAt(shown, 15, 4)[0]).toBeLessThan(60);
        expect(pixelAt(shown, 15, 16)[2]).toBeGreaterThan(200);
      }
    },
  );
});

describe('colours of a result', () => {
  /** A picture that says of itself that it is Display P3: pure red there is beyond sRGB. */
  async function wide(depth: 8 | 16): Promise<Buffer> {
    const red = sharp({ create: { width: 20, height: 20, channels: 3, background: '#e03020' } });
    if (depth === 16) red.toColourspace('rgb16');
    return red.withIccProfile('p3').png().toBuffer();
  }
  const source = { width: 20, height: 20, hasAlpha: false, iccName: 'Display P3' };
  const convert = async (image: Buffer, params: TransformParams) => {
    const canonical = canonicalTransform(params, source, { negotiated: 'png', maxOutputPixels: 1e6 });
    return (await renderTransform(image, canonical, { limits: renderLimits })).data;
  };
  const raw = async (image: Buffer) => [
    ...(await sharp(image).keepIccProfile().removeAlpha().raw().toBuffer()).subarray(0, 3),
  ];
  const near = (a: number[], b: number[]) =>
    Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? 0))));

  it.each([8, 16] as const)('of %i bits go through their profile to sRGB', async (depth) => {
    const result = await convert(await wide(depth), {});
    expect((await sharp(result).metadata()).icc).toBeUndefined();
    expect(near(await raw(result), [224, 48, 32])).toBeLessThanOrEqual(3);
  });

  it.each<TransformParams>([{}, { gamma: 1.0001, blur: 0.3 }])(
    'stay Display P3 when asked: %j',
    async (params) => {
      const original = await wide(8);
      const result = await convert(original, { colorspace: 'p3', ...params });
      expect((await sharp(result).metadata()).icc).toBeDefined();
      expect(near(await raw(result), await raw(original))).toBeLessThanOrEqual(1);
      expect(near(await raw(result), [224, 48, 32])).toBeGreaterThan(5);
    },
  );
});

it('reads an original from bytes as from a file', async () => {
  const path = await imageFixture('photo.tiff');
  const { canonical, pixels } = await rendered('photo.tiff', { width: 60 });
  const again = await renderTransform(await readFile(path), canonical, { limits: renderLimits });
  expect(meanDifference(await readPixels(again.data), pixels)).toBe(0);
});
