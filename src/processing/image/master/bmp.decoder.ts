import type { DecodedPicture, DecoderFault, DecoderLimits } from './decoder.js';

function failed(why: string, fault: DecoderFault = 'corrupt'): Error {
  return new Error(why, { cause: fault });
}

/** BITMAPINFOHEADER's biCompression. */
const compression = { none: 0, rle8: 1, rle4: 2, bitfields: 3, alphaBitfields: 6 } as const;

interface Header {
  width: number;
  height: number;
  /** Rows from top to bottom. */
  topDown: boolean;
  bitDepth: number;
  compression: number;
  /** Red, green, blue and alpha; 0 for what is not there. */
  masks: readonly number[];
  /** Red, green and blue of each entry. */
  palette: readonly (readonly number[])[];
  pixels: Buffer;
}

/**
 * Decodes a Windows bitmap of 1, 2, 4, 8, 16, 24 or 32 bits a pixel, with bit fields or run-length coded, behind any
 * header from BITMAPCOREHEADER to BITMAPV5HEADER ([MS-WMF] section 2.2.2). A fourth byte counts as alpha only where
 * the header gives it a mask, and not when all of it is zero, as with browsers. Colour profiles in
 * V4 and V5 headers are ignored, and pixels that a run-length coding skips have the first colour.
 * @throws Error with a DecoderFault as its cause
 */
export function decode(bytes: Uint8Array, { maxPixels }: DecoderLimits): DecodedPicture {
  let header: Header;
  try {
    header = readHeader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    // What Buffer throws when it is read beyond its end.
    throw (error as Error).name === 'RangeError' ? failed('the file ends within its header') : error;
  }
  const { width, height } = header;
  if (width <= 0 || height <= 0) throw failed('the picture has no size');
  if (width * height > maxPixels) throw failed(`${width} × ${height} pixels`, 'too-large');
  const data = new Uint8Array(width * height * 4);
  switch (header.compression) {
    case compression.none:
    case compression.bitfields:
    case compression.alphaBitfields:
      if (header.bitDepth <= 8) paintPalette(header, data);
      else if (header.bitDepth === 24) paintTrueColour(header, data);
      else paintMasked(header, data);
      break;
    case compression.rle4:
    case compression.rle8:
      paintRuns(header, data);
      break;
    default:
      // JPEG and PNG within a BMP are for printers alone.
      throw failed(`compression ${header.compression}`, 'unsupported');
  }
  return { width, height, data };
}

function readHeader(file: Buffer): Header {
  if (file.toString('latin1', 0, 2) !== 'BM') throw failed('the file is no bitmap');
  const size = file.readUInt32LE(14);
  const core = size === 12;
  if (!core && size < 40) throw failed('the header is of an unknown kind');
  const height = core ? file.readUInt16LE(20) : file.readInt32LE(22);
  const bitDepth = file.readUInt16LE(core ? 24 : 28);
  if (![1, 2, 4, 8, 16, 24, 32].includes(bitDepth)) throw failed(`${bitDepth} bits a pixel`);
  const kind = core ? compression.none : file.readUInt32LE(30);
  const hasMasks = kind === compression.bitfields || kind === compression.alphaBitfields;
  // Behind a BITMAPINFOHEADER the masks stand between header and palette; in later headers, within.
  const masksBehind = hasMasks && size === 40 ? (kind === compression.alphaBitfields ? 16 : 12) : 0;
  const paletteAt = 14 + size + masksBehind;
  return {
    width: core ? file.readUInt16LE(18) : file.readInt32LE(18),
    height: Math.abs(height),
    topDown: height < 0,
    bitDepth,
    compression: kind,
    masks: hasMasks ? readMasks(file, size + masksBehind) : defaultMasks(bitDepth),
    palette: bitDepth <= 8 ? readPalette(file, { at: paletteAt, core, bitDepth }) : [],
    pixels: file.subarray(file.readUInt32LE(10)),
  };
}

function readMasks(file: Buffer, end: number): number[] {
  const alpha = end >= 56 ? file.readUInt32LE(66) : 0;
  return [file.readUInt32LE(54), file.readUInt32LE(58), file.readUInt32LE(62), alpha];
}

function defaultMasks(bitDepth: number): number[] {
  return bitDepth === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff_0000, 0xff00, 0xff, 0];
}

function readPalette(
  file: Buffer,
  { at, core, bitDepth }: { at: number; core: boolean; bitDepth: number },
): number[][] {
  const entryBytes = core ? 3 : 4;
  const named = core ? 0 : file.readUInt32LE(46);
  const most = 2 ** bitDepth;
  const room = Math.max(0, Math.floor((file.length - at) / entryBytes));
  const count = Math.min(named === 0 ? most : Math.min(named, most), room);
  return Array.from({ length: count }, (_, index) => {
    const entry = at + index * entryBytes;
    return [file[entry + 2] ?? 0, file[entry + 1] ?? 0, file[entry] ?? 0];
  });
}

/** Calls `paint` with each row's stored bytes and its place in the picture. */
function eachRow(
  { width, height, topDown, bitDepth, pixels }: Header,
  paint: (row: Buffer, at: number) => void,
): void {
  const stored = Math.ceil((width * bitDepth) / 8);
  const padded = Math.ceil(stored / 4) * 4;
  for (let index = 0; index < height; index += 1) {
    const row = pixels.subarray(index * padded, index * padded + stored);
    if (row.length < stored) throw failed('the picture is cut short');
    paint(row, (topDown ? index : height - 1 - index) * width * 4);
  }
}

/** An index beyond the palette is black, as everywhere. */
function put(data: Uint8Array, at: number, [red = 0, green = 0, blue = 0]: readonly number[] = []): void {
  data[at] = red;
  data[at + 1] = green;
  data[at + 2] = blue;
  data[at + 3] = 255;
}

function paintPalette(header: Header, data: Uint8Array): void {
  const { bitDepth, width, palette } = header;
  const perByte = 8 / bitDepth;
  const mask = 2 ** bitDepth - 1;
  eachRow(header, (row, at) => {
    for (let x = 0; x < width; x += 1) {
      const shift = 8 - bitDepth * ((x % perByte) + 1);
      put(data, at + x * 4, palette[((row[Math.floor(x / perByte)] ?? 0) >> shift) & mask]);
    }
  });
}

function paintTrueColour(header: Header, data: Uint8Array): void {
  eachRow(header, (row, start) => {
    for (let from = 0, at = start; from + 2 < row.length; from += 3, at += 4) {
      data[at] = row[from + 2] ?? 0;
      data[at + 1] = row[from + 1] ?? 0;
      data[at + 2] = row[from] ?? 0;
      data[at + 3] = 255;
    }
  });
}

interface Field {
  mask: number;
  shift: number;
  /** Its greatest value; 0 when the field is not there. */
  most: number;
}

function field(mask = 0): Field {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  return { mask, shift, most: mask >>> shift };
}

function scaled(value: number, { mask, shift, most }: Field): number {
  return most === 0 ? 0 : Math.round((((value & mask) >>> shift) * 255) / most);
}

function paintMasked(header: Header, data: Uint8Array): void {
  const { bitDepth, width, masks } = header;
  const [red = field(), green = field(), blue = field(), alpha = field()] = masks.map(field);
  let anyAlpha = false;
  eachRow(header, (row, start) => {
    for (let x = 0; x < width; x += 1) {
      const value = bitDepth === 16 ? row.readUInt16LE(x * 2) : row.readUInt32LE(x * 4);
      const at = start + x * 4;
      data[at] = scaled(value, red);
      data[at + 1] = scaled(value, green);
      data[at + 2] = scaled(value, blue);
      const transparency = scaled(value, alpha);
      data[at + 3] = transparency;
      anyAlpha ||= transparency !== 0;
    }
  });
  if (!anyAlpha) for (let at = 3; at < data.length; at += 4) data[at] = 255;
}

/** Run-length coding: [MS-WMF] sections 3.1.6.1 and 3.1.6.2. What lies outside of the picture is dropped. */
function paintRuns(header: Header, data: Uint8Array): void {
  const { width, height, topDown, palette, pixels } = header;
  const half = header.compression === compression.rle4;
  for (let at = 0; at < data.length; at += 4) put(data, at, palette[0]);
  let x = 0;
  let y = 0;
  const paint = (index: number) => {
    if (x < width && y < height) put(data, ((topDown ? y : height - 1 - y) * width + x) * 4, palette[index]);
    x += 1;
  };
  const indexOf = (byte: number, n: number) => (half ? (n % 2 === 0 ? byte >> 4 : byte & 15) : byte);
  let at = 0;
  while (y < height) {
    const [count, value] = [pixels[at], pixels[at + 1]];
    // Many writers leave out the marks of the end.
    if (count === undefined || value === undefined) break;
    at += 2;
    if (count > 0) {
      for (let n = 0; n < count; n += 1) paint(indexOf(value, n));
    } else if (value === 0) {
      x = 0;
      y += 1;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      x += pixels[at] ?? 0;
      y += pixels[at + 1] ?? 0;
      at += 2;
    } else {
      for (let n = 0; n < value; n += 1) paint(indexOf(pixels[at + (half ? n >> 1 : n)] ?? 0, n));
      // Literal runs are filled up to whole words.
      at += Math.ceil((half ? Math.ceil(value / 2) : value) / 2) * 2;
    }
  }
}
