import { describe, expect, it } from '@jest/globals';
import { colourDistance, pixelAt, type Pixels } from '../../../../../test/support/pixels.js';
import { drawn, rendered } from '../../../../../test/support/transforms.js';
import type { TransformParams } from '../transform-params.js';

const colours = {
  red: [255, 0, 0, 255],
  green: [0, 255, 0, 255],
  blue: [0, 0, 255, 255],
  white: Array(4).fill(255),
};
type Colour = keyof typeof colours;

/** Colours of the four quarters: top left, top right, bottom left, bottom right. */
async function quarters(params: TransformParams, orientation = 1): Promise<(Colour | undefined)[]> {
  const pixels = await drawn(`orientation-${orientation}.jpg`, params);
  const [x, y] = [Math.floor(pixels.width / 4), Math.floor(pixels.height / 4)];
  return [
    [x, y],
    [pixels.width - x - 1, y],
    [x, pixels.height - y - 1],
    [pixels.width - x - 1, pixels.height - y - 1],
  ].map(([left = 0, top = 0]) =>
    (Object.keys(colours) as Colour[]).find(
      (name) => colourDistance(pixelAt(pixels, left, top), colours[name]) < 40,
    ),
  );
}

/** How many pixels are not of the plain. */
function detail(pixels: Pixels): number {
  let count = 0;
  for (let at = 0; at < pixels.data.length; at += 4)
    if (colourDistance([...pixels.data.subarray(at, at + 3)], [51, 102, 153]) > 20) count += 1;
  return count;
}

describe('drawing the geometry', () => {
  it.each<[TransformParams, Colour[]]>([
    [{}, ['red', 'green', 'blue', 'white']],
    [{ flop: true }, ['green', 'red', 'white', 'blue']],
    [{ flip: true }, ['blue', 'white', 'red', 'green']],
    [{ rotate: 90 }, ['blue', 'red', 'white', 'green']],
    [{ rotate: 270 }, ['green', 'white', 'red', 'blue']],
    [{ rotate: 180 }, ['white', 'blue', 'green', 'red']],
    [{ rotate: 90, flop: true }, ['red', 'blue', 'green', 'white']],
    [{ rotate: 90, flip: true }, ['white', 'green', 'blue', 'red']],
    [{ rotate: 270, flop: true, width: 20 }, ['white', 'green', 'blue', 'red']],
    [{ rotate: 90, crop: '0,0,1.0,0.5' }, ['blue', 'red', 'blue', 'red']],
    [{ flop: true, crop: '0,0,0.5,1.0' }, ['green', 'green', 'white', 'white']],
    [{ crop: '0,20,30,20' }, ['blue', 'blue', 'blue', 'blue']],
    [{ rotate: 90, flop: true, crop: '20,30,20,30', width: 10 }, ['white', 'white', 'white', 'white']],
    [{ width: 10, height: 40, position: '1,0', enlarge: true }, ['green', 'green', 'white', 'white']],
    [{ rotate: 90, width: 30, height: 10, position: 'south' }, ['white', 'green', 'white', 'green']],
    [{ rotate: 90, flop: true, width: 10, height: 30, position: 'east' }, ['blue', 'blue', 'white', 'white']],
  ])('%j, whatever the orientation of the file', async (params, expected) => {
    for (const orientation of [1, 5, 6, 8]) {
      const found = await quarters(params, orientation);
      expect([orientation, ...found]).toEqual([orientation, ...expected]);
    }
  });

  it('enlarges only when asked', async () => {
    expect(await rendered('orientation-1.jpg', { width: 120 })).toMatchObject({ width: 60, height: 40 });
    expect(await rendered('orientation-1.jpg', { width: 120, enlarge: true })).toMatchObject({
      width: 120,
      height: 80,
    });
  });

  it('pads to exactly the box, at the place that was asked for', async () => {
    const pixels = await drawn('orientation-6.jpg', {
      width: 80,
      height: 90,
      fit: 'pad',
      position: 'southeast',
      background: '000',
      format: 'png',
    });
    expect([pixels.width, pixels.height]).toEqual([80, 90]);
    expect(pixelAt(pixels, 5, 5)).toEqual([0, 0, 0, 255]);
    expect(pixelAt(pixels, 18, 88)).toEqual([0, 0, 0, 255]);
    expect(colourDistance(pixelAt(pixels, 26, 54), colours.red)).toBeLessThan(40);
    expect(colourDistance(pixelAt(pixels, 78, 88), colours.white)).toBeLessThan(40);
  });

  it('cuts off margins before it crops and resizes', async () => {
    const trimmed = await rendered('margins.png', { trim: 10 });
    expect(trimmed).toMatchObject({ width: 60, height: 40 });
    expect(pixelAt(trimmed.pixels, 0, 0)).toEqual([255, 0, 0, 255]);
    expect(pixelAt(trimmed.pixels, 59, 39)).toEqual([0, 0, 255, 255]);
    const cropped = await rendered('margins.png', { trim: 10, crop: '0.5,0,0.5,1.0', width: 15, rotate: 90 });
    expect(cropped).toMatchObject({ width: 15, height: 45 });
    expect(pixelAt(cropped.pixels, 7, 10)).toEqual([255, 0, 0, 255]);
    expect(pixelAt(cropped.pixels, 7, 40)).toEqual([0, 0, 255, 255]);
  });

  it('leaves a picture of one colour, and one too small for margins, as they are', async () => {
    expect(await rendered('wide.png', { trim: 10 })).toMatchObject({ width: 4000, height: 2 });
    expect(await rendered('one-pixel.png', { trim: 10 })).toMatchObject({ width: 1, height: 1 });
  });

  it('trims nothing when all is like the corner', async () => {
    expect(await rendered('margins.png', { trim: 255 })).toMatchObject({ width: 80, height: 70 });
  });

  it.each(['attention', 'entropy'] as const)('finds by %s what is not plain', async (position) => {
    for (const params of [{}, { rotate: 90 }, { crop: '10,0,190,100' }] as const) {
      const found = await drawn('off-centre.png', { ...params, width: 80, height: 80, position });
      const middle = await drawn('off-centre.png', { ...params, width: 80, height: 80 });
      expect(detail(found)).toBeGreaterThan(detail(middle) + 400);
    }
  });

  it('keeps a face in view', async () => {
    const faces = [{ x: 0.75, y: 0.75, width: 0.2, height: 0.2 }];
    const params = { width: 20, height: 40, position: 'face' } as const;
    const pixels = await drawn('orientation-6.jpg', params, { source: { faces } });
    expect(colourDistance(pixelAt(pixels, 10, 35), colours.white)).toBeLessThan(40);
  });

  it('opens the page that was asked for, whatever its size', async () => {
    expect(await rendered('pages.tiff', { width: 10 })).toMatchObject({ width: 10, height: 5 });
    const second = await rendered('pages.tiff', { page: 1, width: 10 });
    expect(second).toMatchObject({ width: 10, height: 20 });
    expect(colourDistance(pixelAt(second.pixels, 5, 5), colours.blue)).toBeLessThan(4);
  });

  it('refuses what a page turns out to be too large for', async () => {
    const params = { page: 1, width: 16_000, enlarge: true } as const;
    await expect(rendered('pages.tiff', params)).rejects.toMatchObject({ code: 'TRANSFORM_INVALID' });
  });
});
