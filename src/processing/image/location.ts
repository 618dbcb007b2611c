import exifr from 'exifr';
import { DomainError } from '../../common/index.js';
import { type ImageLimits, openImage, decoding } from './open-image.js';
import { exifTiff } from './exif.js';

/** Where a picture was taken, as its EXIF says (WGS 84). */
export interface PictureLocation {
  /** Degrees, positive to the north. */
  latitude: number;
  /** Degrees, positive to the east. */
  longitude: number;
  /** Above sea level. */
  altitudeMeters: number | null;
  /** Where the camera looked, clockwise from north. */
  directionDegrees: number | null;
}

const picked = [
  'GPSLatitudeRef',
  'GPSLatitude',
  'GPSLongitudeRef',
  'GPSLongitude',
  'GPSAltitudeRef',
  'GPSAltitude',
  'GPSImgDirection',
];

/**
 * Reads the place from an original. It is kept nowhere else, so nothing can give it away by mistake.
 * @returns null when there is none, or none that makes sense; failures of the disk are thrown
 */
export async function readLocation(path: string, limits: ImageLimits): Promise<PictureLocation | null> {
  try {
    const { exif } = await decoding(() => openImage(path, limits).metadata());
    return exif ? await locationOf(exif) : null;
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}

/** @param block as sharp's metadata gives it */
export async function locationOf(block: Buffer): Promise<PictureLocation | null> {
  const tiff = exifTiff(block);
  if (!tiff) return null;
  const tags = await parseGps(tiff);
  const latitude = degrees(tags.latitude, 90);
  const longitude = degrees(tags.longitude, 180);
  if (latitude === null || longitude === null) return null;
  const altitude = finite(tags.GPSAltitude);
  return {
    latitude,
    longitude,
    altitudeMeters: altitude === null ? null : isBelowSea(tags.GPSAltitudeRef) ? -altitude : altitude,
    directionDegrees: degrees(tags.GPSImgDirection, 360),
  };
}

async function parseGps(tiff: Buffer): Promise<Record<string, unknown>> {
  try {
    const parsed: unknown = await exifr.parse(tiff, {
      tiff: true,
      ifd0: { pick: ['GPSInfo'] },
      gps: { pick: picked },
      exif: false,
      interop: false,
      ifd1: false,
      makerNote: false,
      userComment: false,
      translateValues: false,
      reviveValues: true,
    });
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function degrees(value: unknown, most: number): number | null {
  const number = finite(value);
  return number !== null && Math.abs(number) <= most ? Number(number.toFixed(6)) : null;
}

/** EXIF 2.32, GPSAltitudeRef: one byte. */
function isBelowSea(reference: unknown): boolean {
  return (
    (ArrayBuffer.isView(reference)
      ? new Uint8Array(reference.buffer, reference.byteOffset)[0]
      : reference) === 1
  );
}
