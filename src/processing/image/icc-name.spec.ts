import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { iccProfileName } from './icc-name.js';

function profile(tag: Buffer): Buffer {
  const head = Buffer.alloc(128 + 4 + 12);
  head.writeUInt32BE(1, 128);
  head.write('desc', 132, 'latin1');
  head.writeUInt32BE(144, 136);
  head.writeUInt32BE(tag.length, 140);
  return Buffer.concat([head, tag]);
}

describe('iccProfileName', () => {
  it('reads the description of version 2 profiles', () => {
    const tag = Buffer.alloc(12 + 6);
    tag.write('desc', 0, 'latin1');
    tag.writeUInt32BE(6, 8);
    tag.write('sRGB1', 12, 'latin1');
    expect(iccProfileName(profile(tag))).toBe('sRGB1');
  });

  it('reads the localized description of version 4 profiles', async () => {
    const image = sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } });
    const png = await image.withIccProfile('p3').png().toBuffer();
    expect(iccProfileName((await sharp(png).metadata()).icc)).toMatch(/p3/i);
  });

  it('gives nothing for profiles that are missing, cut or lie about lengths', () => {
    const tag = Buffer.alloc(28, 0xff);
    tag.write('mluc', 0, 'latin1');
    expect(iccProfileName(undefined)).toBeUndefined();
    expect(iccProfileName(Buffer.alloc(131))).toBeUndefined();
    expect(iccProfileName(Buffer.alloc(140, 0xff))).toBeUndefined();
    expect(iccProfileName(profile(tag))).toBeUndefined();
    expect(iccProfileName(profile(Buffer.from('desc')))).toBeUndefined();
  });
});
