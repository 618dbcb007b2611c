import { describe, expect, it } from '@jest/globals';
import { imageFixture } from '../../../../../test/fixtures/image-fixtures.js';
import { colourDistance, meanDifference, pixelAt, type Pixels } from '../../../../../test/support/pixels.js';
import { drawn, rendered } from '../../../../../test/support/transforms.js';
import type { TransformParams } from '../transform-params.js';
import { escapeXml } from './escape-xml.js';

const mediaId = '01980000-0000-7000-8000-000000000000';
const plain = [51, 102, 153, 255];
const red = [255, 0, 0, 255];

/** `alpha.png`, half transparent red, upon `large.png`, plain and 400 × 300. */
async function marked(params: TransformParams): Promise<Pixels> {
  return drawn(
    'large.png',
    { watermark: mediaId, ...params },
    {
      watermark: { mediaId, sha256: '00' },
      assets: { watermark: await imageFixture('alpha.png') },
    },
  );
}

describe('drawing a watermark', () => {
  const half = [153, 51, 77, 255];

  it.each([
    ['southeast', 395, 295, 5, 5],
    ['northwest', 5, 5, 395, 295],
    ['centre', 200, 150, 5, 150],
    ['north', 200, 5, 200, 295],
  ] as const)('in the %s', async (watermarkPosition, x, y, elsewhereX, elsewhereY) => {
    const pixels = await marked({ watermarkPosition });
    expect(colourDistance(pixelAt(pixels, x, y), half)).toBeLessThan(4);
    expect(pixelAt(pixels, elsewhereX, elsewhereY)).toEqual(plain);
  });

  it('fits it into its part of the picture and never enlarges it', async () => {
    const at = async (watermarkScale: number) => {
      const pixels = await marked({ watermarkScale, watermarkPosition: 'northwest' });
      return [0, 19, 39, 79, 81].filter((x) => pixelAt(pixels, x, 2)[0] !== plain[0]);
    };
    expect(await at(0.1)).toEqual([0, 19, 39]);
    expect(await at(0.05)).toEqual([0, 19]);
    expect(await at(1)).toEqual([0, 19, 39, 79]);
  });

  it('fades it', async () => {
    const pixels = await marked({ watermarkOpacity: 0.5 });
    expect(colourDistance(pixelAt(pixels, 395, 295), [102, 76, 115, 255])).toBeLessThan(4);
  });

  it('repeats it all over', async () => {
    const pixels = await marked({ watermarkTile: true, watermarkScale: 0.1 });
    for (const [x, y] of [
      [2, 2],
      [200, 150],
      [398, 298],
    ] as const)
      expect(colourDistance(pixelAt(pixels, x, y), half)).toBeLessThan(4);
  });

  it('is drawn after the effects', async () => {
    const pixels = await marked({ grayscale: true, negate: true });
    const [r = 0, g = 0] = pixelAt(pixels, 395, 295);
    expect(r - g).toBeGreaterThan(100);
  });

  it('makes no opaque picture transparent', async () => {
    const { data } = await rendered(
      'large.png',
      { watermark: mediaId },
      { watermark: { mediaId, sha256: '00' }, assets: { watermark: await imageFixture('alpha.png') } },
    );
    // Colour type 2 of PNG (section 11.2.1): no alpha channel.
    expect(data[25]).toBe(2);
  });

  it('is refused when its picture is not there, or damaged', async () => {
    const setup = { watermark: { mediaId, sha256: '00' } };
    await expect(rendered('large.png', { watermark: mediaId }, setup)).rejects.toMatchObject({
      code: 'TRANSFORM_INVALID',
    });
    const assets = { watermark: await imageFixture('truncated.jpg') };
    await expect(rendered('large.png', { watermark: mediaId }, { ...setup, assets })).rejects.toMatchObject({
      code: 'IMAGE_CORRUPT',
    });
  });
});

describe('drawing a text', () => {
  /** The box around all pixels that are not of the picture: left, top, right, bottom. */
  async function inked(params: TransformParams): Promise<[number, number, number, number]> {
    const pixels = await drawn('large.png', { textColor: 'f00', ...params });
    let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
    for (let at = 0; at < pixels.data.length; at += 4) {
      // The plain has little red, the ink has all.
      if ((pixels.data[at] ?? 0) < 82) continue;
      const [x, y] = [(at / 4) % pixels.width, Math.floor(at / 4 / pixels.width)];
      [left, top] = [Math.min(left, x), Math.min(top, y)];
      [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
    }
    return [left, top, right, bottom];
  }

  it('in its colour and size, at its place', async () => {
    const [left, top, right, bottom] = await inked({ text: 'HHHH', textSize: 40, textPosition: 'southeast' });
    expect(bottom - top).toBeGreaterThan(24);
    expect(bottom - top).toBeLessThan(40);
    expect(right - left).toBeGreaterThan(80);
    expect([right > 370, bottom > 270, left > 200]).toEqual([true, true, true]);
    const pixels = await drawn('large.png', { text: '█', textSize: 150, textColor: 'f00' });
    let solid = 0;
    for (let at = 0; at < pixels.data.length; at += 4) {
      if (colourDistance([...pixels.data.subarray(at, at + 4)], red) < 5) solid += 1;
    }
    expect(solid).toBeGreaterThan(5000);
  });

  it('wraps at the width of the picture', async () => {
    const [oneLeft, oneTop, , oneBottom] = await inked({ text: 'word word', textSize: 32 });
    const [left, top, right, bottom] = await inked({ text: 'word '.repeat(10), textSize: 32 });
    expect(bottom - top).toBeGreaterThan(1.5 * (oneBottom - oneTop));
    expect(left).toBeGreaterThan(10);
    expect(right).toBeLessThan(390);
    expect(oneLeft).toBeGreaterThan(left);
  });

  it('draws markup as the characters it is', async () => {
    const asked = await drawn('large.png', { text: '<b>&amp;</b>' });
    const bold = await drawn('large.png', { text: '&' });
    expect(meanDifference(asked, bold)).toBeGreaterThan(0.1);
    for (const text of ['<', '&', '</span>', '"\'>', '<span font="99999">', '&#0;', ']]>'])
      expect(await inked({ text })).not.toContain(Infinity);
  });

  it.each(['Ünïcode', 'Привет', 'Ελληνικά', 'مرحبا', 'שלום'])('has the letters of %s', async (text) => {
    const missing = await drawn('large.png', { text: '\u{2fffd}' });
    expect(await inked({ text })).not.toContain(Infinity);
    expect(meanDifference(await drawn('large.png', { text }), missing)).toBeGreaterThan(0.05);
  });

  it('makes a text that is too high smaller', async () => {
    const [, top, , bottom] = await inked({ text: 'a\nb\nc\nd\ne\nf', textSize: 90 });
    expect([top >= 40, bottom <= 260]).toEqual([true, true]);
  });
});

describe('escapeXml', () => {
  it('leaves nothing that XML knows', () => {
    expect(escapeXml(`<a b="c" d='e'>&amp;`)).toBe('&#60;a b=&#34;c&#34; d=&#39;e&#39;&#62;&#38;amp;');
  });
});

describe('rounding corners', () => {
  it('makes them transparent, or of the background', async () => {
    const clear = await drawn('large.png', { radius: 40 });
    expect([pixelAt(clear, 0, 0)[3], pixelAt(clear, 399, 299)[3]]).toEqual([0, 0]);
    expect([pixelAt(clear, 40, 0), pixelAt(clear, 0, 40)]).toEqual([plain, plain]);
    const white = await drawn('large.png', { radius: 40, format: 'jpeg' });
    expect(colourDistance(pixelAt(white, 0, 0), [255, 255, 255, 255])).toBeLessThan(12);
    expect(colourDistance(pixelAt(white, 200, 150), plain)).toBeLessThan(6);
  });

  it('cuts what is drawn there as well', async () => {
    const pixels = await marked({ radius: 'max', watermarkTile: true });
    expect(pixelAt(pixels, 2, 2)[3]).toBe(0);
    expect(pixelAt(pixels, 200, 150)[3]).toBe(255);
  });
});
