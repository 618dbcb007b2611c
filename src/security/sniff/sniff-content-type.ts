import { fileTypeFromBuffer } from 'file-type';
import { heifType, id3End, isBmp, isGif, isTiffHeader } from './binary-rules.js';
import { canonicalType, type ContentKind, kindOf } from './media-types.js';
import { decodeText, textType } from './text-types.js';

/** How much of the beginning of a file `sniffContentType` wants to see. */
export const SNIFF_BYTES = 64 * 1024;

export interface SniffResult {
  /** Canonical media type without parameters. */
  contentType: string;
  kind: ContentKind;
}

/**
 * Tells what a file is by its content alone; what its first magic says counts, whatever else is in it.
 * A container (MP4, Matroska, Ogg, 3GPP) counts as video until a probe has seen its tracks.
 * @param head the first SNIFF_BYTES of the file, or all of it when it is shorter
 * @returns null when the type is not known
 */
export async function sniffContentType(head: Buffer): Promise<SniffResult | null> {
  const contentType = (await binaryType(head)) ?? textTypeOf(head);
  return contentType === null ? null : { contentType, kind: kindOf(contentType) };
}

async function binaryType(head: Buffer): Promise<string | null> {
  const tagEnd = id3End(head);
  if (tagEnd !== null) return typeBehindTag(head, tagEnd);
  const magic = await magicType(head);
  // A TIFF may keep its directory behind the pixels, out of sight.
  if (magic === null) return head.length >= SNIFF_BYTES && isTiffHeader(head) ? 'image/tiff' : null;
  // Magics of a few letters occur at the start of texts; no picture, film or sound is all text.
  if (/^(?:text|image|video|audio)\/|xml$/.test(magic) && decodeText(head) !== null) return null;
  switch (magic) {
    case 'image/gif':
      return isGif(head) ? magic : null;
    case 'image/bmp':
      return isBmp(head) ? magic : null;
    case 'image/heif':
    case 'image/heif-sequence':
      return heifType(head) ?? magic;
    default:
      return magic;
  }
}

async function magicType(head: Buffer): Promise<string | null> {
  const found = await fileTypeFromBuffer(head);
  return found ? canonicalType(found.mime) : null;
}

/** MP3, FLAC and AAC files may start with a tag; when it fills the head, with its cover, MP3 is the likeliest. */
async function typeBehindTag(head: Buffer, tagEnd: number): Promise<string | null> {
  const rest = head.subarray(tagEnd);
  const start = rest.findIndex((byte) => byte !== 0);
  if (start < 0) return head.length >= SNIFF_BYTES ? 'audio/mpeg' : null;
  const magic = await magicType(rest.subarray(start));
  return magic?.startsWith('audio/') ? magic : null;
}

function textTypeOf(head: Buffer): string | null {
  const text = decodeText(head);
  return text === null ? null : textType(text);
}
