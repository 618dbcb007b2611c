import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readPixels } from '../../../../test/support/pixels.js';
import { sharp } from '../sharp-runtime.js';
import { jpegWithProfile, pngWithProfile } from './embed-icc.js';

const picture = () => sharp({ create: { width: 9, height: 7, channels: 3, background: '#b4645a' } });
/** libpng takes none but true profiles, so it is one, with something behind. */
async function profileOf(bytes: number): Promise<Buffer> {
  const { icc = Buffer.alloc(0) } = await sharp(
    await picture().withIccProfile('p3').png().toBuffer(),
  ).metadata();
  const profile = Buffer.concat([icc, randomBytes(bytes)]).subarray(0, bytes);
  profile.writeUInt32BE(bytes, 0);
  return profile;
}

describe.each([
  ['jpegWithProfile', () => picture().jpeg().toBuffer(), jpegWithProfile],
  ['pngWithProfile', () => picture().png().toBuffer(), pngWithProfile],
] as const)('%s', (_, encode, embed) => {
  // 65,519 bytes go into one segment of a JPEG.
  it.each([1000, 65_516, 65_520, 200_000])('puts in a profile of %i bytes', async (bytes) => {
    const plain = await encode();
    const profile = await profileOf(bytes);
    const { icc, width, height } = await sharp(Buffer.concat(embed(plain, profile))).metadata();
    expect(icc?.equals(profile)).toBe(true);
    expect([width, height]).toEqual([9, 7]);
  });

  it('leaves the stored pixels as they are', async () => {
    const plain = await encode();
    const { icc = Buffer.alloc(0) } = await sharp(
      await picture().withIccProfile('srgb').png().toBuffer(),
    ).metadata();
    const tagged = Buffer.concat(embed(plain, icc));
    expect((await readPixels(tagged)).data.equals((await readPixels(plain)).data)).toBe(true);
  });
});

it('leaves out a profile that no JPEG can hold', () => {
  const jpeg = Buffer.from('ffd8ffd9', 'hex');
  expect(jpegWithProfile(jpeg, Buffer.alloc(65_519 * 255 + 1))).toEqual([jpeg]);
});
