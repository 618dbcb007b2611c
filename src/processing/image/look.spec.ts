import { describe, expect, it } from '@jest/globals';
import { decode, isBlurhashValid } from 'blurhash';
import sharp from 'sharp';
import { describeLook } from './look.js';

describe('describeLook', () => {
  const halves = (alpha: number) =>
    sharp({
      create: { width: 120, height: 60, channels: 4, background: { r: 0, g: 0, b: 0, alpha } },
    }).composite([
      {
        input: { create: { width: 60, height: 60, channels: 3, background: '#ff0000' } },
        gravity: 'west',
      },
    ]);

  it('gives a blurhash that decodes to the picture', async () => {
    const { blurhash, palette } = await describeLook(sharp(await halves(1).png().toBuffer()));
    expect(isBlurhashValid(blurhash).result).toBe(true);
    const pixels = decode(blurhash, 8, 4);
    const [left, right] = [pixels.slice(0, 3), pixels.slice(7 * 4, 7 * 4 + 3)];
    expect(left[0]).toBeGreaterThan(200);
    expect(Math.max(...right)).toBeLessThan(140);
    // The edge between them is a colour of its own, and hardly any of the picture.
    const [one, other] = palette;
    expect([one?.color, other?.color].toSorted()).toEqual(['#000000', '#ff0000']);
    expect(Math.min(one?.share ?? 0, other?.share ?? 0)).toBeGreaterThan(0.45);
  });

  it('shows transparent parts in the blurhash as white, and not in the palette', async () => {
    const { blurhash, palette } = await describeLook(sharp(await halves(0).png().toBuffer()));
    expect(Math.min(...decode(blurhash, 8, 4).slice(7 * 4, 7 * 4 + 3))).toBeGreaterThan(200);
    expect(palette).toEqual([{ color: '#ff0000', share: 1 }]);
  });

  it('describes grey pictures and pictures of one pixel', async () => {
    const grey = sharp(Buffer.from([128]), { raw: { width: 1, height: 1, channels: 1 } });
    const { blurhash, palette } = await describeLook(grey);
    expect(palette).toEqual([{ color: '#808080', share: 1 }]);
    expect(isBlurhashValid(blurhash).result).toBe(true);
  });
});
