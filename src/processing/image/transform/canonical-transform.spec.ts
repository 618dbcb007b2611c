import { describe, expect, it } from '@jest/globals';
import { canonicalTransform } from './canonical-transform.js';
import { transformHash } from './transform-hash.js';
import type { OutputFormat, TransformParams } from './transform-params.js';
import type { TransformSource } from './transform-source.js';

const photo: TransformSource = { width: 4000, height: 3000, hasAlpha: false };
const logo: TransformSource = { width: 400, height: 300, hasAlpha: true };
const clip: TransformSource = { width: 400, height: 300, hasAlpha: false, frames: 40, animated: true };
const fax: TransformSource = { width: 400, height: 300, hasAlpha: false, frames: 3, animated: false };
const mark = { mediaId: '01980000-0000-7000-8000-000000000000', sha256: 'ab'.repeat(32) };

function canonical(
  params: TransformParams,
  source = photo,
  { negotiated = 'webp', watermark = mark }: { negotiated?: OutputFormat; watermark?: typeof mark } = {},
) {
  return canonicalTransform(params, source, { negotiated, maxOutputPixels: 12_000_000, watermark });
}
const hash = (...args: Parameters<typeof canonical>) => transformHash(canonical(...args));

const refusal = expect.objectContaining({ code: 'TRANSFORM_INVALID', status: 400 }) as unknown as Error;

describe('canonicalTransform', () => {
  it('says what is done and nothing else', () => {
    expect(canonical({ width: 800 })).toEqual({
      format: 'webp',
      quality: 80,
      effort: 4,
      metadata: 'copyright',
      width: 800,
      height: 600,
    });
  });

  it.each([
    ['jpeg', 80, null],
    ['webp', 80, 4],
    ['avif', 50, 0],
    ['png', null, null],
    ['gif', null, 4],
  ] as const)('encodes %s at quality %s and effort %s', (format, quality, effort) => {
    expect(canonical({ format })).toMatchObject({ format, quality, effort });
  });

  it('spends more effort on an AVIF that is small', () => {
    expect(canonical({ format: 'avif', width: 1600 }).effort).toBe(2);
    expect(canonical({ format: 'avif', width: 1700 }).effort).toBe(0);
  });

  it('sizes a turned picture by how it stands', () => {
    expect(canonical({ rotate: 90, width: 300 })).toMatchObject({ width: 300, height: 400 });
  });

  it.each<[string, TransformParams, OutputFormat, string | undefined]>([
    ['white behind transparency in JPEG', {}, 'jpeg', '#ffffff'],
    ['nothing where transparency can stay', {}, 'webp', undefined],
    ['a colour that was asked for', { background: '#AbC' }, 'webp', '#aabbcc'],
  ])('puts %s', (_, params, negotiated, background) => {
    expect(canonical(params, logo, { negotiated }).background).toBe(background);
  });

  it.each<[string, TransformParams]>([
    ['padding', { width: 100, height: 100, fit: 'pad' }],
    ['rounded corners', { radius: 5 }],
  ])('puts a colour behind %s of a picture without transparency', (_, params) => {
    expect(canonical({ ...params, background: 'f00' }).background).toBe('#ff0000');
  });

  it.each<[string, TransformParams, TransformParams, TransformSource?]>([
    ['auto and the format it stands for', { format: 'auto' }, { format: 'webp' }],
    ['two boxes beyond the picture', { width: 5000 }, { width: 9000 }],
    ['dpr and its product', { width: 100, dpr: 2 }, { width: 200 }],
    ['one side and both', { width: 800, fit: 'inside' }, { width: 800, height: 600 }],
    ['a position that nothing is cut by', { width: 800, position: 'north' }, { width: 800 }],
    ['the middle by name and by numbers', square({ position: '0.5,0.5' }), square({})],
    ['a corner by name and by numbers', square({ position: '1,0' }), square({ position: 'northeast' })],
    ['a point that only one side moves by', square({ position: '0,0.9' }), square({ position: 'west' })],
    ['faces that nobody found', square({ position: 'face' }), square({ position: 'attention' })],
    ['padding that can not look', pad({ position: 'entropy' }), pad({})],
    ['a background that is never seen', { width: 800, background: 'f00' }, { width: 800 }],
    ['a background for a box without padding', { width: 8, fit: 'pad', background: 'f00' }, { width: 8 }],
    ['defaults said and unsaid', { quality: 80, rotate: 0, grayscale: false, strip: true }, {}],
    ['factors that change nothing', { brightness: 1, contrast: 1, saturation: 1, gamma: 1, hue: 360 }, {}],
    ['a hue and its complement to a whole turn', { hue: -90 }, { hue: 270 }],
    ['the colours of a grey picture', { grayscale: true, saturation: 2, hue: 9 }, { grayscale: true }],
    ['half a turn and both mirrors', { rotate: 180 }, { flip: true, flop: true }],
    [
      'a quarter turn mirrored one way and the other',
      { rotate: 90, flip: true },
      { rotate: 270, flop: true },
    ],
    ['a crop of everything', { crop: '0,0,4000,3000' }, {}],
    ['a crop beyond the edge', { crop: '0.5,0,9000,9000' }, { crop: '2000,0,2000,3000' }],
    ['corners beyond half a side', square({ radius: 900 }), square({ radius: 'max' })],
    ['no radius', { radius: 0 }, {}],
    [
      'a size in CSS pixels',
      square({ radius: 4, dpr: 2 }),
      { ...square({ radius: 8 }), width: 200, height: 200 },
    ],
    ['a tiled mark anywhere', tiled({ watermarkPosition: 'west' }), tiled({})],
    ['a mark of nothing', { watermarkScale: 0.5 }, {}],
    ['a text of nothing', { text: ' \u0000\u202e', textSize: 9 }, {}],
    ['a text composed and decomposed', { text: 'u\u0308' }, { text: 'ü' }],
    ['a quality that is not used', { format: 'png', quality: 10 }, { format: 'png' }],
    ['what PNG does anyway', { format: 'png', lossless: true }, { format: 'png' }],
    ['quality of what is lossless', { lossless: true, quality: 3 }, { lossless: true }],
    ['Display P3 of a picture without it', { colorspace: 'p3' }, {}],
    ['the first page of one', { page: 0 }, {}],
    ['all frames and more than there are', { frames: 200 }, {}, clip],
    ['frames of a still format', { frames: 5, format: 'png' }, { format: 'png' }, clip],
    ['one frame and the first page', { frames: 1 }, { page: 0 }, clip],
    ['metadata of a format without', { format: 'gif', strip: false }, { format: 'gif' }],
  ])('makes one of %s', (_, a, b, source = photo) => {
    expect(canonical(a, source)).toEqual(canonical(b, source));
    expect(hash(a, source)).toBe(hash(b, source));
  });

  it('keeps the part around a focal point', () => {
    expect(canonical(square({ position: '0.25,0.5' }))).toMatchObject({
      width: 100,
      height: 100,
      picture: { width: 133, height: 100 },
      place: { left: 0, top: 0 },
    });
    expect(canonical(square({ position: '0.6,0.5' })).place).toEqual({ left: -30, top: 0 });
  });

  it('keeps the faces that were found, however the picture is turned and cropped', () => {
    const faces = [{ x: 0.8, y: 0.4, width: 0.1, height: 0.2 }];
    const of = (params: TransformParams) =>
      canonical(square({ position: 'face', ...params }), { ...photo, faces });
    expect(of({}).place).toEqual({ left: -33, top: 0 });
    expect(of({ flop: true }).place).toEqual({ left: 0, top: 0 });
    expect(of({ rotate: 90 }).place).toEqual({ left: 0, top: -33 });
    expect(of({ crop: '0.75,0.0,0.25,1.0' })).toMatchObject({
      picture: { width: 100, height: 300 },
      place: { left: 0, top: -100 },
    });
  });

  it('keeps an animation where the format can', () => {
    expect(canonical({}, clip)).toMatchObject({ format: 'webp', frames: 40 });
    expect(canonical({ format: 'gif', frames: 10 }, clip).frames).toBe(10);
    expect(canonical({ page: 35, frames: 10 }, clip)).toMatchObject({ page: 35, frames: 5 });
    expect(canonical({ page: 3 }, clip)).not.toHaveProperty('frames');
    expect(canonical({ format: 'avif' }, clip)).not.toHaveProperty('frames');
    expect(canonical({}, fax)).not.toHaveProperty('frames');
    expect(canonical({}, { ...clip, width: 40, height: 30, frames: 2000 }).frames).toBe(256);
  });

  it('keeps Display P3 of a picture that has it', () => {
    const wide = { ...photo, iccName: 'Display P3' };
    expect(canonical({ colorspace: 'p3' }, wide).colorspace).toBe('p3');
    expect(canonical({}, wide)).not.toHaveProperty('colorspace');
    expect(canonical({ colorspace: 'p3', format: 'gif' }, wide)).not.toHaveProperty('colorspace');
  });

  it('leaves open what only the pixels tell', () => {
    expect(canonical({ trim: 10, width: 100, crop: '0.1,0.1,0.5,0.5' })).toMatchObject({
      trim: 10,
      deferred: { width: 100, crop: '0.1,0.1,0.5,0.5' },
    });
    expect(canonical({ page: 2, width: 100 }, fax)).toMatchObject({ page: 2, deferred: { width: 100 } });
    expect(canonical({ page: 2, width: 100 }, clip)).not.toHaveProperty('deferred');
  });

  it.each<[string, TransformParams, TransformSource]>([
    ['more pixels than allowed', {}, { ...photo, width: 4001 }],
    ['padding beyond the allowed pixels', { width: 9000, height: 9000, fit: 'pad' }, photo],
    ['enlarging beyond the allowed pixels', { width: 16_000, enlarge: true }, photo],
    ['frames beyond the allowed pixels', { frames: 2 }, { ...clip, width: 4000, height: 1600 }],
    ['a side that the format can not hold', {}, { width: 20_000, height: 10, hasAlpha: false }],
    ['a crop beyond the edge', { crop: '4000,0,1,1' }, photo],
    ['a page that is not there', { page: 3 }, fax],
    ['a later page of what has one', { page: 1 }, photo],
    ['a lossless JPEG', { format: 'jpeg', lossless: true }, photo],
    ['a text larger than the picture', { text: 'x'.repeat(60), textSize: 100, width: 100 }, photo],
    ['a watermark that was not found', { watermark: '01980000-0000-7000-8000-0000000000ff' }, photo],
    [
      'a sliver enlarged behind a square',
      { width: 3000, height: 3000, enlarge: true },
      { width: 1, height: 16_000, hasAlpha: false },
    ],
  ])('refuses %s', (_, params, source) => {
    expect(() => canonical(params, source)).toThrow(refusal);
  });

  it('does not fail because of a format that was negotiated', () => {
    expect(canonical({ lossless: true }, photo, { negotiated: 'jpeg' })).toMatchObject({ quality: 80 });
  });

  it('holds a wide JPEG that WebP could not', () => {
    expect(canonical({ format: 'jpeg' }, { width: 20_000, height: 10, hasAlpha: false }).width).toBe(20_000);
  });
});

describe('transformHash', () => {
  it('is 32 hex digits, whatever the order of fields', () => {
    const one = canonical(square({ position: '0.3,0.3', text: 'x' }));
    const shuffled = JSON.parse(JSON.stringify(one), (_, value: unknown) =>
      typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).toReversed())
        : value,
    ) as typeof one;
    expect(Object.keys(shuffled)).not.toEqual(Object.keys(one));
    expect(transformHash(one)).toMatch(/^[0-9a-f]{32}$/);
    expect(transformHash(shuffled)).toBe(transformHash(one));
  });

  it('differs by each parameter', () => {
    const variants: TransformParams[] = [
      {},
      { width: 10 },
      { width: 10, height: 10 },
      { width: 10, height: 10, position: 'entropy' },
      { width: 10, height: 10, position: 'attention' },
      { width: 10, height: 10, position: 'west' },
      { width: 10, height: 10, fit: 'fill' },
      { width: 10, height: 10, fit: 'pad' },
      { width: 10, height: 10, fit: 'pad', background: 'f00' },
      { width: 10, height: 10, fit: 'outside' },
      { crop: '1,1,10,10' },
      { trim: 10 },
      { trim: 11 },
      { rotate: 180 },
      { rotate: 90 },
      { flip: true },
      { flop: true },
      { quality: 81 },
      { maxBytes: 1000 },
      { lossless: true },
      { strip: false },
      { keepCopyright: false },
      ...(['jpeg', 'png', 'avif', 'gif'] as const).map((format) => ({ format })),
      { blur: 1 },
      { sharpen: 1 },
      { pixelate: 5 },
      { grayscale: true },
      { tint: 'f00' },
      { brightness: 1.1 },
      { contrast: 1.1 },
      { saturation: 1.1 },
      { hue: 11 },
      { gamma: 1.1 },
      { negate: true },
      { radius: 5 },
      { radius: 'max' },
      { text: 'a' },
      { text: 'b' },
      { text: 'a', textSize: 33 },
      { text: 'a', textColor: '000' },
      { text: 'a', textPosition: 'north' },
      { watermark: mark.mediaId },
      { watermark: mark.mediaId, watermarkPosition: 'north' },
      { watermark: mark.mediaId, watermarkOpacity: 0.5 },
      { watermark: mark.mediaId, watermarkScale: 0.5 },
      { watermark: mark.mediaId, watermarkTile: true },
    ];
    expect(new Set(variants.map((params) => hash(params))).size).toBe(variants.length);
  });

  it('differs by whether the picture may grow', () => {
    expect(hash({ width: 500, enlarge: true }, logo)).not.toBe(hash({ width: 500 }, logo));
    expect(hash({ width: 300, enlarge: true }, logo)).toBe(hash({ width: 300 }, logo));
  });

  it('differs by frames and pages, and by the picture of a watermark', () => {
    const frames: TransformParams[] = [{}, { frames: 2 }, { frames: 3 }, { page: 1 }, { page: 1, frames: 2 }];
    expect(new Set(frames.map((params) => hash(params, clip))).size).toBe(frames.length);
    const other = { ...mark, sha256: 'cd'.repeat(32) };
    expect(hash({ watermark: mark.mediaId }, photo, { watermark: other })).not.toBe(
      hash({ watermark: mark.mediaId }),
    );
  });
});

function square(params: TransformParams): TransformParams {
  return { width: 100, height: 100, ...params };
}

function pad(params: TransformParams): TransformParams {
  return square({ fit: 'pad', ...params });
}

function tiled(params: TransformParams): TransformParams {
  return { watermark: mark.mediaId, watermarkTile: true, ...params };
}
