import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import type { TransformParams } from '../../src/processing/image/transform/transform-params.js';
import { imageFixture, type ImageFixture } from '../fixtures/image-fixtures.js';
import { imageMagick, magick } from '../support/image-magick.js';
import { meanDifference, type Pixels, readPixels } from '../support/pixels.js';
import { renderedFile } from '../support/transforms.js';

const corpus = resolve(process.env['MEDIA_CORPUS'] ?? join(import.meta.dirname, '../../../shared/corpus'));

/** Every picture on the same colour: what is transparent has none to be compared. */
async function opaque(image: Buffer): Promise<Pixels> {
  return readPixels(await sharp(image).flatten({ background: '#808080' }).png().toBuffer());
}

/** The greatest difference of a channel anywhere. */
function greatestDifference(a: Pixels, b: Pixels): number {
  let greatest = 0;
  for (let at = 0; at < a.data.length; at += 1)
    greatest = Math.max(greatest, Math.abs((a.data[at] ?? 0) - (b.data[at] ?? 0)));
  return greatest;
}

interface Reference {
  params: TransformParams;
  /** What tells ImageMagick to do the same. */
  magick: string[];
  /** Mean and greatest difference of a channel, 0 to 255; those of an exact operation are rounding. */
  within: [mean: number, greatest: number];
  file?: ImageFixture;
}

const exact: [number, number] = [0, 0];
const rounding: [number, number] = [0.6, 2];

/** Of `photo.tiff` (120 × 80) where no other file is named. */
const references: Record<string, Reference> = {
  crop: { params: { crop: '10,20,50,40' }, magick: ['-crop', '50x40+10+20', '+repage'], within: exact },
  'crop in fractions': {
    params: { crop: '0.5,0.25,0.5,0.5' },
    magick: ['-crop', '60x40+60+20', '+repage'],
    within: exact,
  },
  'rotate by 90': { params: { rotate: 90 }, magick: ['-rotate', '90'], within: exact },
  'rotate by 180': { params: { rotate: 180 }, magick: ['-rotate', '180'], within: exact },
  'rotate by 270': { params: { rotate: 270 }, magick: ['-rotate', '270'], within: exact },
  flip: { params: { flip: true }, magick: ['-flip'], within: exact },
  flop: { params: { flop: true }, magick: ['-flop'], within: exact },
  'rotate, flip, crop': {
    params: { rotate: 90, flip: true, crop: '5,10,40,30' },
    magick: ['-rotate', '90', '-flip', '-crop', '40x30+5+10', '+repage'],
    within: exact,
  },
  trim: {
    params: { trim: 10 },
    magick: ['-trim', '+repage'],
    within: exact,
    file: 'margins.png',
  },
  'padding around': {
    params: { width: 160, height: 160, fit: 'pad', background: '102030' },
    magick: ['-background', '#102030', '-gravity', 'center', '-extent', '160x160'],
    within: exact,
  },
  'resize to half': {
    params: { width: 60 },
    magick: ['-filter', 'Lanczos', '-resize', '60x40!'],
    within: [1.5, 24],
  },
  'resize to a third, cropped': {
    params: { width: 26, height: 26, position: 'west' },
    magick: ['-filter', 'Lanczos', '-resize', '39x26!', '-crop', '26x26+0+0', '+repage'],
    within: [2, 30],
  },
  enlarge: {
    params: { width: 240, enlarge: true },
    // libvips enlarges by bicubic interpolation.
    magick: ['-filter', 'Catrom', '-resize', '240x160!'],
    within: [3, 40],
  },
  negate: { params: { negate: true }, magick: ['-negate'], within: exact },
  'gamma 2.2': { params: { gamma: 2.2 }, magick: ['-gamma', '2.2'], within: rounding },
  'gamma 0.5': { params: { gamma: 0.5 }, magick: ['-gamma', '0.5'], within: rounding },
  brightness: { params: { brightness: 1.3 }, magick: ['-function', 'Polynomial', '1.3,0'], within: rounding },
  contrast: {
    params: { contrast: 1.5 },
    magick: ['-function', 'Polynomial', '1.5,-0.25'],
    within: rounding,
  },
  grayscale: {
    params: { grayscale: true },
    magick: ['-grayscale', 'Rec709Luminance'],
    within: [1, 3],
  },
  blur: { params: { blur: 3 }, magick: ['-gaussian-blur', '0x3'], within: [1.5, 12] },
  pixelate: {
    params: { pixelate: 20 },
    magick: ['-scale', '6x4!', '-scale', '120x80!'],
    within: [6, 60],
  },
  'rounded corners': {
    params: { radius: 20 },
    magick: [
      '(',
      '-size',
      '120x80',
      'xc:black',
      '-fill',
      'white',
      '-draw',
      'roundrectangle 0,0,119,79,20,20',
      ')',
      '-alpha',
      'off',
      '-compose',
      'CopyOpacity',
      '-composite',
    ],
    within: [0.3, 90],
  },
  background: {
    params: { background: '00ff00' },
    magick: ['-background', '#00ff00', '-flatten'],
    within: rounding,
    file: 'alpha.png',
  },
  'a page': { params: { page: 1 }, magick: [], within: exact, file: 'pages.tiff' },
  'a frame': { params: { page: 2 }, magick: [], within: exact, file: 'animated.gif' },
  'orientation of the camera': {
    params: {},
    magick: ['-auto-orient'],
    within: [1, 6],
    file: 'orientation-5.jpg',
  },
  '16 bits': {
    params: { contrast: 0.5 },
    magick: ['-function', 'Polynomial', '0.5,0.25'],
    within: rounding,
    file: '16-bit.png',
  },
};

const withMagick = imageMagick === null ? describe.skip : describe;

withMagick('transforms, compared with ImageMagick (skipped where it is not installed)', () => {
  it.each(Object.entries(references))('%s', async (_, { params, magick: operations, within, file }) => {
    const path = await imageFixture(file ?? 'photo.tiff');
    const page = params.page === undefined ? '' : `[${params.page}]`;
    const reference = await opaque(await magick(`${path}${page}`, operations));
    const ours = await opaque((await renderedFile(path, params)).data);
    expect([ours.width, ours.height]).toEqual([reference.width, reference.height]);
    const [mean, greatest] = within;
    expect(meanDifference(ours, reference)).toBeLessThanOrEqual(mean);
    expect(greatestDifference(ours, reference)).toBeLessThanOrEqual(greatest);
  });

  it('draws a watermark where ImageMagick does', async () => {
    const [path, mark] = [await imageFixture('photo.tiff'), await imageFixture('alpha.png')];
    const operations = ['(', mark, '-resize', '40x30!', '-channel', 'A', '-evaluate', 'multiply', '0.5', ')'];
    const placed = ['-gravity', 'southwest', '-compose', 'over', '-composite'];
    const reference = await opaque(await magick(path, [...operations, ...placed]));
    const mediaId = '01980000-0000-7000-8000-000000000000';
    const params = { watermark: mediaId, watermarkScale: 0.375, watermarkOpacity: 0.5 } as const;
    const { data } = await renderedFile(
      path,
      { ...params, watermarkPosition: 'southwest' },
      { watermark: { mediaId, sha256: '00' }, assets: { watermark: mark } },
    );
    const ours = await opaque(data);
    expect(greatestDifference(ours, reference)).toBeLessThanOrEqual(3);
  });
});

/** Photographs of the corpus by kind of file; each is cut, turned and made small. */
const photographs = [
  'orient/landscape-6.jpg',
  'progressive.jpg',
  'png-interlaced-photo.png',
  'png-palette-256.png',
  'png-16bit-rgb.png',
  'png-gray-alpha.png',
  'webp-photo.webp',
  'tiff-lzw.tif',
  'gray-icc.jpg',
].filter((name) => existsSync(join(corpus, 'images', name)));
const withCorpus = imageMagick === null || photographs.length === 0 ? describe.skip : describe;

withCorpus('photographs, compared with ImageMagick (skipped without it or the corpus)', () => {
  it.each(photographs)('%s', async (name) => {
    const path = join(corpus, 'images', name);
    // Half of it: of a JPEG that is shrunk further while it is decoded the finest detail is lost, and is not missed.
    const { autoOrient } = await sharp(path).metadata();
    const [width, height] = [Math.ceil(autoOrient.height / 2), Math.ceil(autoOrient.width / 2)];
    const params: TransformParams = { rotate: 90, flop: true, width, height, fit: 'fill' };
    const stands = ['-auto-orient', '-rotate', '90', '-flop', '-colorspace', 'sRGB'];
    const reference = await opaque(
      await magick(`${path}[0]`, stands.concat('-filter', 'Lanczos', '-resize', `${width}x${height}!`)),
    );
    const ours = await opaque((await renderedFile(path, params)).data);
    expect(meanDifference(ours, reference)).toBeLessThan(3);
  });
});
