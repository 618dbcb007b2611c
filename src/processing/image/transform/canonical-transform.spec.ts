import { describe, expect, it } from '@jest/globals';
import { canonicalTransform } from './canonical-transform.js';
import { transformHash } from './transform-hash.js';
import type { OutputFormat, TransformParams } from './transform-params.js';

const photo = { width: 4000, height: 3000, hasAlpha: false };
const logo = { width: 400, height: 300, hasAlpha: true };
const canonical = (params: TransformParams, source = photo, negotiated: OutputFormat = 'webp') =>
  canonicalTransform(params, source, { negotiated, maxOutputPixels: 12_000_000 });

describe('canonicalTransform', () => {
  it('fills in every default', () => {
    expect(canonical({ width: 800 })).toEqual({
      format: 'webp',
      quality: 80,
      width: 800,
      height: 600,
      fit: 'fill',
      position: null,
      background: null,
      rotate: 0,
      blur: null,
      sharpen: null,
      grayscale: false,
    });
  });

  it.each([
    ['jpeg', 80],
    ['webp', 80],
    ['avif', 50],
    ['png', null],
  ] as const)('encodes %s at quality %s', (format, quality) => {
    expect(canonical({ format })).toMatchObject({ format, quality });
  });

  it('sizes a turned picture by how it stands', () => {
    expect(canonical({ rotate: 90, width: 300 })).toMatchObject({ width: 300, height: 400 });
  });

  it.each<[string, TransformParams, OutputFormat, string | null]>([
    ['white behind transparency in JPEG', {}, 'jpeg', '#ffffff'],
    ['nothing where transparency can stay', {}, 'webp', null],
    ['a colour that was asked for', { background: '#AbC' }, 'webp', '#aabbcc'],
  ])('puts %s', (_, params, format, background) => {
    expect(canonical(params, logo, format).background).toBe(background);
  });

  it.each<[string, TransformParams, TransformParams]>([
    ['auto and the format it stands for', { format: 'auto' }, { format: 'webp' }],
    ['two boxes beyond the picture', { width: 5000 }, { width: 9000 }],
    ['dpr and its product', { width: 100, dpr: 2 }, { width: 200 }],
    ['one side and both', { width: 800, fit: 'inside' }, { width: 800, height: 600 }],
    ['a position that nothing is cut by', { width: 800, position: 'north' }, { width: 800 }],
    ['a background that is never seen', { width: 800, background: 'f00' }, { width: 800 }],
    ['defaults said and unsaid', { quality: 80, rotate: 0, grayscale: false }, {}],
  ])('makes one of %s', (_, a, b) => {
    expect(canonical(a)).toEqual(canonical(b));
    expect(transformHash(canonical(a))).toBe(transformHash(canonical(b)));
  });

  it('refuses more pixels than allowed', () => {
    const large = { width: 4001, height: 3000, hasAlpha: false };
    expect(() => canonical({}, large)).toThrow(
      expect.objectContaining({ code: 'TRANSFORM_INVALID', status: 400 }),
    );
    expect(() => canonical({ width: 4000 }, large)).not.toThrow();
  });

  it('refuses padding beyond the allowed pixels', () => {
    const params = { width: 16_000, height: 16_000, fit: 'contain' } as const;
    expect(() => canonical(params, photo)).toThrow(expect.objectContaining({ code: 'TRANSFORM_INVALID' }));
  });

  it('refuses a side that the format cannot hold', () => {
    const wide = { width: 20_000, height: 10, hasAlpha: false };
    expect(() => canonical({ format: 'webp' }, wide)).toThrow(
      expect.objectContaining({ code: 'TRANSFORM_INVALID' }),
    );
    expect(canonical({ format: 'jpeg' }, wide)).toMatchObject({ width: 20_000 });
  });
});

describe('transformHash', () => {
  it('is 32 hex digits, whatever the order of fields', () => {
    const one = canonical({ width: 10 });
    const shuffled = Object.fromEntries(Object.entries(one).toReversed()) as unknown as typeof one;
    expect(transformHash(one)).toMatch(/^[0-9a-f]{32}$/);
    expect(transformHash(shuffled)).toBe(transformHash(one));
  });

  it('differs by each parameter', () => {
    const variants: TransformParams[] = [
      {},
      { width: 10 },
      { quality: 81 },
      { format: 'png' },
      { rotate: 180 },
      { blur: 1 },
      { sharpen: 1 },
      { grayscale: true },
      { width: 10, height: 10 },
      { width: 10, height: 10, position: 'entropy' },
      { width: 10, height: 10, fit: 'fill' },
    ];
    expect(new Set(variants.map((params) => transformHash(canonical(params)))).size).toBe(variants.length);
  });
});
