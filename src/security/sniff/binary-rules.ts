/**
 * What file-type can't tell from the first bytes, or tells too easily.
 */

/** GIF89a: a header and a screen descriptor of 13 bytes, the palette, then a block (sections 18 to 27). */
export function isGif(head: Buffer): boolean {
  if (head.length < 14) return false;
  const flags = head.readUInt8(10);
  const paletteBytes = flags & 0x80 ? 3 * 2 ** ((flags & 0x07) + 1) : 0;
  const block = head[13 + paletteBytes];
  return block === 0x2c || block === 0x21 || block === 0x3b;
}

/** Two letters are a weak magic: the size of the second header must be one that was ever defined. */
export function isBmp(head: Buffer): boolean {
  return head.length >= 18 && [12, 16, 40, 52, 56, 64, 108, 124].includes(head.readUInt32LE(14));
}

/**
 * HEIF files whose major brand says only "an image item" name the coding among the compatible brands
 * (ISO/IEC 23008-12, section 10; AV1 Image File Format, section 6).
 */
export function heifType(head: Buffer): 'image/avif' | 'image/heic' | null {
  if (head.length < 16) return null;
  const end = Math.min(head.readUInt32BE(0), head.length, 256);
  for (let at = 16; at + 4 <= end; at += 4) {
    const brand = head.toString('latin1', at, at + 4);
    if (brand === 'avif' || brand === 'avis') return 'image/avif';
    if (['heic', 'heix', 'hevc', 'hevx'].includes(brand)) return 'image/heic';
  }
  return null;
}

/**
 * Where the content behind an ID3v2 tag starts (ID3v2.4, section 3.1), or null without a sane tag.
 * The tag may be longer than what was read: it holds the cover.
 */
export function id3End(head: Buffer): number | null {
  if (head.length < 10 || head.toString('latin1', 0, 3) !== 'ID3') return null;
  const version = head.readUInt8(3);
  const size = [...head.subarray(6, 10)];
  if (version < 2 || version > 4 || size.some((byte) => byte > 0x7f)) return null;
  const footer = version === 4 && head.readUInt8(5) & 0x10 ? 10 : 0;
  return 10 + size.reduce((sum, byte) => sum * 128 + byte, 0) + footer;
}

/** TIFF or BigTIFF by its header alone, for files whose directory lies behind the pixels. */
export function isTiffHeader(head: Buffer): boolean {
  const magic = head.toString('latin1', 0, 4);
  return ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(magic);
}
