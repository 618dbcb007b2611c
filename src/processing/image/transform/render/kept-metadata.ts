import type { Exif, Sharp } from 'sharp';
import { readTags } from '../../exif.js';
import { escapeXml } from './escape-xml.js';

/** Far above real blocks (JPEG allows 64 KB); PNG and WebP have no limit of their own. */
const maxExifBytes = 1024 * 1024;
const maxTextLength = 500;

const rights = ['Copyright', 'Artist'] as const;
const camera = [
  'Make',
  'Model',
  'LensModel',
  'DateTimeOriginal',
  'OffsetTimeOriginal',
  'ExposureTime',
  'FNumber',
  'FocalLength',
] as const;

/** Metadata for sharp to write. */
export interface KeptMetadata {
  exif: Exif;
  /** Only for what EXIF can't say: libvips writes it in ASCII. */
  xmp?: string;
}

/**
 * The metadata that a result gets: an allowlist of EXIF, so where a picture was taken, serial numbers, maker notes and
 * thumbnails can't slip through. Broken EXIF gives nothing, never an error.
 * @param block as sharp's metadata gives it
 * @returns null when nothing is left
 */
export async function keptMetadata(
  block: Buffer | undefined,
  kept: 'copyright' | 'camera' | undefined,
): Promise<KeptMetadata | null> {
  if (!block || !kept || block.length > maxExifBytes) return null;
  const tags = await parse(block, kept === 'camera' ? [...rights, ...camera] : [...rights]);
  // exifr gives a block whole when it has none of the picked tags: what is written is picked here again.
  const IFD0 = {
    ...text(tags, 'Copyright'),
    ...text(tags, 'Artist'),
    ...(kept === 'camera' && { ...text(tags, 'Make'), ...text(tags, 'Model') }),
  };
  const IFD2 = kept === 'camera' ? howItWasTaken(tags) : {};
  if (Object.keys(IFD0).length + Object.keys(IFD2).length === 0) return null;
  const xmp = rightsXmp(IFD0);
  return {
    exif: { IFD0, ...(Object.keys(IFD2).length > 0 && { IFD2 }) },
    ...(xmp !== null && { xmp }),
  };
}

function howItWasTaken(tags: Record<string, unknown>): Record<string, string> {
  return {
    ...text(tags, 'LensModel'),
    ...text(tags, 'DateTimeOriginal'),
    ...text(tags, 'OffsetTimeOriginal'),
    ...rational(tags, 'ExposureTime'),
    ...rational(tags, 'FNumber'),
    ...rational(tags, 'FocalLength'),
  };
}

/** Dublin Core rights and creator (XMP specification part 1, section 8.3), or null when ASCII says it all. */
function rightsXmp({ Copyright = '', Artist = '' }: Record<string, string>): string | null {
  // oxlint-disable-next-line no-control-regex -- the range of ASCII
  if (/^[\x00-\x7f]*$/.test(Copyright + Artist)) return null;
  const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
  return [
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${rdf}">`,
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">',
    Copyright &&
      `<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">${escapeXml(Copyright)}</rdf:li></rdf:Alt></dc:rights>`,
    Artist && `<dc:creator><rdf:Seq><rdf:li>${escapeXml(Artist)}</rdf:li></rdf:Seq></dc:creator>`,
    '</rdf:Description></rdf:RDF></x:xmpmeta>',
  ].join('');
}

function parse(block: Buffer, pick: string[]): Promise<Record<string, unknown>> {
  const tiff = block.subarray(0, 4).toString('latin1') === 'Exif' ? block.subarray(6) : block;
  return readTags(tiff, pick);
}

function text(tags: Record<string, unknown>, name: string): Record<string, string> {
  const value = tags[name];
  if (typeof value !== 'string') return {};
  const clean = value
    .replace(/[\p{Cc}\p{Cs}]/gu, ' ')
    .trim()
    .slice(0, maxTextLength);
  return clean === '' ? {} : { [name]: clean };
}

/** EXIF writes fractions; a ten-thousandth is more than any camera says. */
function rational(tags: Record<string, unknown>, name: string): Record<string, string> {
  const value = tags[name];
  if (typeof value !== 'number' || !(value > 0) || value > 100_000) return {};
  return { [name]: value < 1 ? `1/${Math.round(1 / value)}` : `${Math.round(value * 10_000)}/10000` };
}

export function describe(image: Sharp, kept: KeptMetadata | null): Sharp {
  if (!kept) return image;
  image.withExif(kept.exif);
  return kept.xmp === undefined ? image : image.withXmp(kept.xmp);
}
