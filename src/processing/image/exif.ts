import exifr from 'exifr';

/** The EXIF that is kept: how the picture was taken, never where, by whom or with which very device. */
export interface SelectedExif {
  make?: string;
  model?: string;
  lens?: string;
  /** Local time of the camera, ISO 8601; with an offset when the camera wrote one. */
  takenAt?: string;
  exposureSeconds?: number;
  fNumber?: number;
  iso?: number;
  focalLengthMm?: number;
  focalLength35mm?: number;
  flash?: boolean;
}

/** Far above real blocks (JPEG allows 64 KB); PNG and WebP have no limit of their own. */
const maxExifBytes = 1024 * 1024;
const picked = [
  'Make',
  'Model',
  'LensModel',
  'DateTimeOriginal',
  'OffsetTimeOriginal',
  'ExposureTime',
  'FNumber',
  'ISO',
  'FocalLength',
  'FocalLengthIn35mmFormat',
  'Flash',
];

/**
 * Reads the kept fields from an EXIF block (as sharp's metadata gives it). An allowlist, so GPS, maker
 * notes, serial numbers and names can't slip through. Broken EXIF gives an empty result, never an error.
 */
export async function selectExif(block: Buffer | undefined): Promise<SelectedExif> {
  const tiff = block && exifTiff(block);
  if (!tiff) return {};
  const tags = await readTags(tiff, picked);
  return dropUndefined({
    make: text(tags.Make),
    model: text(tags.Model),
    lens: text(tags.LensModel),
    takenAt: cameraTime(tags.DateTimeOriginal, tags.OffsetTimeOriginal),
    exposureSeconds: positive(tags.ExposureTime),
    fNumber: positive(tags.FNumber),
    iso: positive(tags.ISO),
    focalLengthMm: positive(tags.FocalLength),
    focalLength35mm: positive(tags.FocalLengthIn35mmFormat),
    flash: typeof tags.Flash === 'number' ? (tags.Flash & 1) === 1 : undefined,
  });
}

/** The TIFF structure of an EXIF block, with or without the prefix that JPEG has; null when it is absurdly large. */
export function exifTiff(block: Buffer): Buffer | null {
  if (block.length > maxExifBytes) return null;
  return block.subarray(0, 4).toString('latin1') === 'Exif' ? block.subarray(6) : block;
}

/** The picked tags of a TIFF block, and of a place never; of one without any, exifr gives what it pleases. */
export async function readTags(tiff: Buffer, pick: string[]): Promise<Record<string, unknown>> {
  try {
    const parsed: unknown = await exifr.parse(tiff, {
      tiff: true,
      ifd0: { pick },
      exif: { pick },
      gps: false,
      interop: false,
      makerNote: false,
      userComment: false,
      ifd1: false,
      translateValues: false,
      reviveValues: false,
    });
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A short printable line. NUL and other controls are dropped: PostgreSQL's jsonb refuses NUL. */
function text(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const clean = value
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, '')
    .trim()
    .slice(0, 100);
  return clean === '' ? undefined : clean;
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}

function cameraTime(time: unknown, offset: unknown): string | undefined {
  const match =
    typeof time === 'string' ? /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)/.exec(time) : undefined;
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const parsed = new Date(`${local}Z`);
  // Date rolls 31 February over to March: only a date that reads back the same is real.
  if (Number.isNaN(parsed.getTime()) || !parsed.toISOString().startsWith(local)) return undefined;
  return typeof offset === 'string' && /^[+-]\d\d:\d\d$/.test(offset) ? local + offset : local;
}

function dropUndefined(fields: { [K in keyof SelectedExif]: SelectedExif[K] | undefined }): SelectedExif {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
