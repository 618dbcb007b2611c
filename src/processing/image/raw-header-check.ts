import { imageErrors } from './image.errors.js';

export interface PixelSize {
  width: number;
  height: number;
}

/** Bytes of the file's start that `checkBmpHeader` and `checkIcoHeader` want to see. */
export const rawHeaderBytes = 64 * 1024;

const bmpBitDepths: ReadonlySet<number> = new Set([0, 1, 2, 4, 8, 16, 24, 32]);
const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex');

/**
 * Checks that a BMP doesn't lie to those who will open it: sane dimensions within the limit, and pixel data that is
 * really in the file (BITMAPCOREHEADER and BITMAPINFOHEADER and its successors).
 * @throws IMAGE_CORRUPT, IMAGE_TOO_LARGE
 */
export function checkBmpHeader(head: Buffer, fileSize: number, maxPixels: number): PixelSize {
  if (head.length < 26 || head.toString('latin1', 0, 2) !== 'BM') throw imageErrors.IMAGE_CORRUPT();
  const dibSize = head.readUInt32LE(14);
  const core = dibSize === 12;
  if (!core && (dibSize < 40 || head.length < 54)) throw imageErrors.IMAGE_CORRUPT();
  const width = core ? head.readUInt16LE(18) : head.readInt32LE(18);
  // A negative height means rows from top to bottom; a negative width means nothing.
  const height = Math.abs(core ? head.readUInt16LE(20) : head.readInt32LE(22));
  const bitDepth = head.readUInt16LE(core ? 24 : 28);
  const uncompressed = core || head.readUInt32LE(30) === 0;
  const size = assertSize({ width, height }, maxPixels);
  const dataOffset = head.readUInt32LE(10);
  if (!bmpBitDepths.has(bitDepth) || dataOffset > fileSize) throw imageErrors.IMAGE_CORRUPT();
  const rowBytes = Math.ceil((width * bitDepth) / 32) * 4;
  // Some writers leave out the padding of the last row, so one row may be missing.
  if (uncompressed && dataOffset + rowBytes * (height - 1) > fileSize) throw imageErrors.IMAGE_CORRUPT();
  return size;
}

/**
 * Checks every picture in an ICO or CUR directory, whose embedded PNG or BMP header may claim far more than the
 * directory does. Returns the largest.
 * @throws IMAGE_CORRUPT, IMAGE_TOO_LARGE
 */
export function checkIcoHeader(head: Buffer, fileSize: number, maxPixels: number): PixelSize {
  if (head.length < 22 || head.readUInt16LE(0) !== 0) throw imageErrors.IMAGE_CORRUPT();
  const count = head.readUInt16LE(4);
  if (count === 0 || 6 + count * 16 > head.length) throw imageErrors.IMAGE_CORRUPT();
  const sizes = Array.from({ length: count }, (_, index) => {
    const entry = head.subarray(6 + index * 16, 22 + index * 16);
    const start = entry.readUInt32LE(12);
    if (start + entry.readUInt32LE(8) > fileSize) throw imageErrors.IMAGE_CORRUPT();
    const embedded = head.subarray(start, start + 24);
    // Pictures beyond the part that was read are judged by the directory, which can't claim more than 256.
    if (embedded.length < 24) return { width: entry.readUInt8(0) || 256, height: entry.readUInt8(1) || 256 };
    return assertSize(embeddedSize(embedded), maxPixels);
  });
  return sizes.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a));
}

function embeddedSize(embedded: Buffer): PixelSize {
  if (embedded.subarray(0, 8).equals(pngSignature)) {
    return { width: embedded.readUInt32BE(16), height: embedded.readUInt32BE(20) };
  }
  // The bitmap's height counts the transparency mask below the picture as well.
  return { width: embedded.readInt32LE(4), height: Math.abs(embedded.readInt32LE(8)) / 2 };
}

function assertSize(size: PixelSize, maxPixels: number): PixelSize {
  if (size.width <= 0 || size.height <= 0) throw imageErrors.IMAGE_CORRUPT();
  if (size.width * size.height > maxPixels) throw imageErrors.IMAGE_TOO_LARGE();
  return size;
}
