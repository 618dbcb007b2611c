import { describe, expect, it } from '@jest/globals';
import { canonicalTransform } from './canonical-transform.js';
import { transformCost } from './transform-cost.js';
import type { TransformParams } from './transform-params.js';
import type { TransformSource } from './transform-source.js';

const photo: TransformSource = { width: 4000, height: 3000, hasAlpha: false, format: 'jpeg' };
const clip: TransformSource = {
  ...photo,
  width: 400,
  height: 300,
  format: 'webp',
  frames: 20,
  animated: true,
};

function cost(params: TransformParams, source = photo): number {
  const canonical = canonicalTransform(params, source, { negotiated: 'jpeg', maxOutputPixels: 40_000_000 });
  return transformCost(canonical, source);
}

describe('transformCost', () => {
  it.each<[string, TransformParams, number]>([
    ['a thumbnail', { width: 150 }, 31],
    ['a JPEG for the web', { width: 800 }, 49],
    ['a WebP for the web', { width: 800, format: 'webp' }, 90],
    ['an AVIF for the web', { width: 800, format: 'avif' }, 197],
    ['an eighth of the sides, held the other way', { width: 300, rotate: 90 }, 32],
    ['all pixels', {}, 349],
  ])('of %s', (_, params, expected) => {
    expect(cost(params)).toBeGreaterThan(expected * 0.97);
    expect(cost(params)).toBeLessThan(expected * 1.03);
  });

  it.each<[string, TransformParams, TransformParams]>([
    ['a crop, which is decoded whole', { width: 400, crop: '0,0,3999,3000' }, { width: 400 }],
    ['a trim', { width: 400, trim: 10 }, { width: 400, crop: '0,0,3999,3000' }],
    ['more blur', { width: 400, blur: 50 }, { width: 400, blur: 1 }],
    ['sharpening', { width: 400, sharpen: 1 }, { width: 400 }],
    ['colours', { width: 400, hue: 10 }, { width: 400, negate: true }],
    ['an overlay', { width: 400, text: 'x' }, { width: 400 }],
    ['lossless', { width: 400, format: 'webp', lossless: true }, { width: 400, format: 'webp' }],
    ['a search for bytes', { width: 400, format: 'avif', maxBytes: 9999 }, { width: 400, format: 'avif' }],
  ])('is higher for %s', (_, dear, cheap) => expect(cost(dear)).toBeGreaterThan(cost(cheap) * 1.05));

  it('counts frames', () => {
    const one = cost({ format: 'webp', frames: 1 }, clip);
    expect(cost({ format: 'webp', frames: 10 }, clip)).toBeCloseTo(10 * (one - 1) + 1, 6);
  });

  it('takes what is not known for dear', () => {
    const { format: _format, ...unknown } = photo;
    expect(cost({ width: 400 }, unknown)).toBeGreaterThan(1000);
  });

  it('grows with the effort', () => {
    const canonical = canonicalTransform({ width: 800 }, photo, { negotiated: 'avif', maxOutputPixels: 4e7 });
    const costs = [0, 1, 2, 3, 4, 9].map((effort) => transformCost({ ...canonical, effort }, photo));
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
    expect(new Set(costs).size).toBe(6);
  });
});
