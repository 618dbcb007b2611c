import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { colourDistance, pixelAt } from '../../../../../test/support/pixels.js';
import { framesOf, rendered } from '../../../../../test/support/transforms.js';
import type { TransformParams } from '../transform-params.js';

const red = [255, 0, 0, 255];
const green = [0, 255, 0, 255];
const blue = [0, 0, 255, 255];

/** Each frame, and which of the three colours its middle has. */
async function middles(name: 'animated.gif' | 'animated.webp', params: TransformParams) {
  const { data, width, height } = await rendered(name, params);
  const frames = await framesOf(data);
  const colours = frames.map((pixels) => {
    expect([pixels.width, pixels.height]).toEqual([width, height]);
    const middle = pixelAt(pixels, Math.floor(width / 2), Math.floor(height / 2));
    return [red, green, blue].find((colour) => colourDistance(colour, middle) < 30) ?? middle;
  });
  return { frames, colours };
}

describe('drawing an animation', () => {
  it.each<[string, TransformParams]>([
    ['resized', { width: 20 }],
    ['cropped and padded', { crop: '0,0,20,20', width: 30, height: 20, fit: 'pad' }],
    ['mirrored', { flop: true }],
    ['mirrored top to bottom', { flip: true }],
    ['turned', { rotate: 90, width: 15 }],
    ['turned upside down', { rotate: 180 }],
    ['cut where its first frame says', { width: 20, height: 20, position: 'attention' }],
    ['trimmed', { trim: 10 }],
    ['blurred, sharpened and in blocks', { blur: 2, sharpen: 1, pixelate: 6 }],
    ['with another gamma and twice the contrast', { gamma: 1.2, contrast: 2 }],
    ['with rounded corners', { radius: 4 }],
  ])('%s, all frames in order', async (_, params) => {
    for (const [name, format] of [
      ['animated.gif', 'webp'],
      ['animated.webp', 'gif'],
    ] as const)
      expect((await middles(name, { ...params, format })).colours).toEqual([red, green, blue]);
  });

  it('mixes no frame with the next', async () => {
    const { frames } = await middles('animated.gif', { format: 'webp', blur: 8, lossless: true });
    for (const [index, colour] of [red, green, blue].entries()) {
      const frame = frames[index];
      expect(frame && colourDistance(pixelAt(frame, 20, 29), colour)).toBeLessThan(4);
      expect(frame && colourDistance(pixelAt(frame, 20, 0), colour)).toBeLessThan(4);
    }
  });

  it('draws a text over every frame', async () => {
    const { frames } = await middles('animated.gif', {
      format: 'webp',
      text: '█',
      textSize: 14,
      textPosition: 'northwest',
      textColor: 'fff',
      lossless: true,
    });
    for (const frame of frames) {
      const white = Array.from({ length: 40 * 30 }, (_, at) =>
        pixelAt(frame, at % 40, Math.floor(at / 40)),
      ).filter((pixel) => colourDistance(pixel, [255, 255, 255, 255]) < 10);
      expect(white.length).toBeGreaterThan(10);
    }
  });

  it('keeps as many frames as asked, from the page that was asked for', async () => {
    expect((await middles('animated.gif', { format: 'webp', frames: 2 })).colours).toEqual([red, green]);
    expect(
      (await middles('animated.gif', { format: 'webp', page: 1, frames: 2, flip: true })).colours,
    ).toEqual([green, blue]);
    expect((await middles('animated.gif', { format: 'webp', page: 2 })).colours).toEqual([blue]);
    expect((await middles('animated.gif', { format: 'png', page: 1 })).colours).toEqual([green]);
  });

  it.each<TransformParams>([{ width: 20 }, { rotate: 90 }])('keeps its timing: %j', async (params) => {
    const { data } = await rendered('timed.webp', { ...params, format: 'webp', page: 1, frames: 2 });
    expect(await sharp(data).metadata()).toMatchObject({ delay: [200, 300], loop: 3, pages: 2 });
  });

  it('holds to a number of bytes', async () => {
    const { data } = await rendered('animated.gif', { format: 'webp', maxBytes: 330, blur: 1 });
    expect(data.length).toBeLessThanOrEqual(330);
    expect((await sharp(data).metadata()).pages).toBe(3);
  });
});
