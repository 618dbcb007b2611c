import { describe, expect, it } from '@jest/globals';
import { colourDistance, meanDifference, pixelAt } from '../../../../../test/support/pixels.js';
import { drawn } from '../../../../../test/support/transforms.js';
import type { TransformParams } from '../transform-params.js';

/** The one colour of `plain.png` is 51, 102, 153. */
const plainAfter = async (params: TransformParams) => pixelAt(await drawn('plain.png', params), 5, 5);
const greyOf = 97;

describe('drawing effects', () => {
  it.each<[TransformParams, number[]]>([
    [{}, [51, 102, 153]],
    [{ negate: true }, [204, 153, 102]],
    [{ contrast: 0 }, [128, 128, 128]],
    [{ contrast: 2 }, [0, 77, 179]],
    [{ gamma: 2 }, [114, 161, 198]],
    [{ gamma: 0.5 }, [10, 41, 92]],
    [{ grayscale: true }, [greyOf, greyOf, greyOf]],
    [{ saturation: 0 }, [101, 101, 101]],
    [{ brightness: 0 }, [0, 0, 0]],
    [{ brightness: 0.5 }, [25, 51, 77]],
    [{ brightness: 4 }, [204, 255, 255]],
    [{ brightness: 2, contrast: 0.5 }, [115, 166, 217]],
    [{ negate: true, gamma: 2 }, [141, 94, 57]],
    [{ contrast: 2, gamma: 0.5 }, [0, 0, 56]],
    [{ grayscale: true, negate: true }, [255 - greyOf, 255 - greyOf, 255 - greyOf]],
  ])('%j', async (params, [r = 0, g = 0, b = 0]) => {
    expect(colourDistance(await plainAfter(params), [r, g, b, 255])).toBeLessThanOrEqual(3);
  });

  it('turns the colour wheel', async () => {
    const [r = 0, g = 0, b = 0] = await plainAfter({ hue: 180 });
    expect(r).toBeGreaterThan(g);
    expect(g).toBeGreaterThan(b);
  });

  it('makes colours stronger and weaker', async () => {
    const spread = async (saturation: number) => {
      const [r = 0, , b = 0] = await plainAfter({ saturation });
      return b - r;
    };
    expect(await spread(1.5)).toBeGreaterThan(120);
    expect(await spread(0.5)).toBeLessThan(70);
  });

  it('tints', async () => {
    const [r = 0, g = 0, b = 0] = await plainAfter({ tint: 'ff0000' });
    expect(r).toBeGreaterThan(g + 50);
    expect(r).toBeGreaterThan(b + 50);
  });

  it('blurs an edge by its sigma', async () => {
    const across = async (params: TransformParams) =>
      pixelAt(await drawn('orientation-1.jpg', params), 27, 8);
    expect((await across({}))[1]).toBeLessThan(30);
    expect((await across({ blur: 2 }))[1]).toBeGreaterThan(10);
    expect((await across({ blur: 8 }))[1]).toBeGreaterThan((await across({ blur: 2 }))[1] ?? 255);
  });

  it('sharpens edges and leaves plains', async () => {
    const [sharp, plain] = [await drawn('photo.tiff', { sharpen: 2 }), await drawn('photo.tiff', {})];
    expect(meanDifference(sharp, plain)).toBeGreaterThan(1);
    expect(await plainAfter({ sharpen: 2 })).toEqual([51, 102, 153, 255]);
  });

  it('makes blocks of one colour each, which are the mean of what they hide', async () => {
    const pixels = await drawn('photo.tiff', { pixelate: 20 });
    for (const [left, top] of [
      [0, 0],
      [40, 20],
      [100, 60],
    ] as const)
      for (const [x, y] of [
        [1, 1],
        [18, 18],
        [1, 18],
      ] as const)
        expect(pixelAt(pixels, left + x, top + y)).toEqual(pixelAt(pixels, left + 10, top + 10));
    const colours = new Set([0, 20, 40, 60, 80, 100].map((x) => String(pixelAt(pixels, x + 10, 10))));
    expect(colours.size).toBeGreaterThan(3);
    const small = await drawn('photo.tiff', { width: 6, height: 4, fit: 'fill' });
    for (const x of [0, 2, 5])
      expect(colourDistance(pixelAt(pixels, x * 20 + 10, 50), pixelAt(small, x, 2))).toBeLessThan(25);
  });

  it('keeps transparency through every effect', async () => {
    const all = {
      grayscale: true,
      gamma: 1.5,
      contrast: 1.2,
      negate: true,
      pixelate: 4,
      blur: 1,
      sharpen: 1,
    };
    expect(pixelAt(await drawn('alpha.png', { ...all, brightness: 1.1, tint: '0f0' }), 40, 30)[3]).toBe(128);
  });

  it('lays the background behind the finished picture, not behind the original', async () => {
    const background = '00ff00';
    const transparent = await drawn('alpha.png', { negate: true, background });
    expect(colourDistance(pixelAt(transparent, 5, 5), [0, 255, 127, 255])).toBeLessThan(3);
    const padded = await drawn('plain.png', { width: 40, height: 60, fit: 'pad', gamma: 2, background });
    expect(pixelAt(padded, 20, 1)).toEqual([0, 255, 0, 255]);
  });

  it('means the same by a contrast of 16 bits as of 8', async () => {
    const params = { contrast: 0.5, width: 60 };
    const deep = await drawn('16-bit.png', params);
    const shallow = await drawn('photo.tiff', params);
    expect(meanDifference(deep, shallow)).toBeLessThan(1.5);
  });
});
