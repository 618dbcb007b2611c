import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { imageFixture } from '../../../test/fixtures/image-fixtures.js';
import { locationOf, readLocation } from './location.js';

const limits = { maxPixels: 100_000_000, maxFrames: 2048, timeoutSeconds: 30 };

/** The EXIF block of a picture with these tags in its GPS directory. */
async function blockWith(gps: Record<string, string>): Promise<Buffer> {
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .withExif({ IFD3: gps })
    .jpeg()
    .toBuffer();
  const { exif } = await sharp(picture).metadata();
  if (!exif) throw new Error('the picture has no EXIF');
  // libvips writes every GPSAltitudeRef as 0: tag 5, BYTE, one of them.
  const reference = exif.indexOf(Buffer.from('0500010001000000', 'hex'));
  if (reference > 0) exif[reference + 8] = Number(gps['GPSAltitudeRef']);
  return exif;
}

const place = {
  GPSLatitudeRef: 'S',
  GPSLatitude: '33/1 51/1 30/1',
  GPSLongitudeRef: 'W',
  GPSLongitude: '151/1 12/1 36/1',
};
const found = { latitude: -33.858333, longitude: -151.21, altitudeMeters: null, directionDegrees: null };

describe('locationOf', () => {
  it.each([
    ['degrees, to the south and west', place, found],
    [
      'the height',
      { ...place, GPSAltitudeRef: '0', GPSAltitude: '125/10' },
      { ...found, altitudeMeters: 12.5 },
    ],
    [
      'a height below the sea',
      { ...place, GPSAltitudeRef: '1', GPSAltitude: '4/1' },
      { ...found, altitudeMeters: -4 },
    ],
    ['the direction', { ...place, GPSImgDirection: '2705/10' }, { ...found, directionDegrees: 270.5 }],
    ['nothing of half a place', { GPSLatitudeRef: 'N', GPSLatitude: '54/1 32/1 9/1' }, null],
    ['nothing of a place beyond the pole', { ...place, GPSLatitude: '133/1 0/1 0/1' }, null],
  ])('reads %s', async (_, tags, expected) => {
    expect(await locationOf(await blockWith(tags))).toEqual(expected);
  });

  it('takes broken EXIF for none', async () => {
    const block = await blockWith(place);
    expect(await locationOf(block.subarray(0, 30))).toBeNull();
    expect(await locationOf(Buffer.from('Exif\0\0nonsense'))).toBeNull();
  });
});

describe('readLocation', () => {
  it('reads it from a photo, and nothing from what is no picture', async () => {
    expect(await readLocation(await imageFixture('photo-12mp.jpg'), limits)).toMatchObject({
      latitude: 54.535833,
      longitude: 13.678056,
    });
    expect(await readLocation(import.meta.filename, limits)).toBeNull();
    await expect(readLocation('/nonexistent.jpg', limits)).rejects.toThrow();
  });
});
