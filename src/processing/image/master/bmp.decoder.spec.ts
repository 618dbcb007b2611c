import { describe, expect, it } from '@jest/globals';
import { decode } from './bmp.decoder.js';

interface Bitmap {
  bits: number;
  /** biCompression */
  kind?: number;
  size?: readonly [number, number];
  /** Bytes behind the 40 of BITMAPINFOHEADER: masks of later headers. */
  extension?: Buffer;
  /** Between header and pixels. */
  palette?: Buffer;
  pixels: string;
}

/** Behind a BITMAPINFOHEADER, or a later one when there is an extension. */
function bitmap({ bits, kind = 0, size = [2, 2], extension, palette, pixels }: Bitmap): Buffer {
  const header = Buffer.alloc(54);
  header.write('BM', 'latin1');
  const behind = [extension ?? Buffer.alloc(0), palette ?? Buffer.alloc(0)];
  header.writeUInt32LE(54 + behind.reduce((sum, { length }) => sum + length, 0), 10);
  header.writeUInt32LE(40 + (extension?.length ?? 0), 14);
  header.writeInt32LE(size[0], 18);
  header.writeInt32LE(size[1], 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(bits, 28);
  header.writeUInt32LE(kind, 30);
  return Buffer.concat([header, ...behind, Buffer.from(pixels.replaceAll(' ', ''), 'hex')]);
}

const limits = { maxPixels: 1000 };
/** Rows as words: r, g, b, w, k, and others as hexadecimal RGBA. */
function rowsOf(file: Buffer): string[] {
  const names: Record<string, string> = {
    ff0000ff: 'r',
    '00ff00ff': 'g',
    '0000ffff': 'b',
    ffffffff: 'w',
    '000000ff': 'k',
  };
  const { width, height, data } = decode(file, limits);
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (__, x) => {
      const at = (y * width + x) * 4;
      const pixel = Buffer.from(data.subarray(at, at + 4)).toString('hex');
      return names[pixel] ?? pixel;
    }).join(' '),
  );
}

/** Blue, green, red, nothing: red, green, blue, white. */
const colours = Buffer.from('0000ff00 00ff0000 ff000000 ffffff00'.replaceAll(' ', ''), 'hex');
const masks = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, index * 4);
  return bytes;
};
const v4 = (...values: number[]) => Buffer.concat([masks(...values), Buffer.alloc(68 - values.length * 4)]);

const picture = ['r g', 'b w'];

describe('decode', () => {
  it.each<[string, Bitmap, string[]]>([
    ['1 bit', { bits: 1, palette: colours.subarray(0, 8), pixels: '40000000 80000000' }, ['g r', 'r g']],
    ['2 bits', { bits: 2, palette: colours, pixels: 'b0000000 10000000' }, picture],
    ['4 bits', { bits: 4, palette: colours, pixels: '23000000 01000000' }, picture],
    ['8 bits', { bits: 8, palette: colours, pixels: '02030000 00010000' }, picture],
    ['16 bits', { bits: 16, pixels: '1f00ff7f 007ce003' }, picture],
    [
      '16 bits, 5-6-5',
      { bits: 16, kind: 3, palette: masks(0xf800, 0x7e0, 0x1f), pixels: '1f00ffff 00f8e007' },
      picture,
    ],
    ['24 bits', { bits: 24, pixels: 'ff0000 ffffff 0000 0000ff 00ff00 0000' }, picture],
    ['32 bits', { bits: 32, pixels: 'ff000000 ffffff00 0000ff00 00ff0000' }, picture],
    [
      '32 bits with alpha',
      {
        bits: 32,
        kind: 3,
        extension: v4(0xff_0000, 0xff00, 0xff, 0xff00_0000),
        pixels: 'ff0000ff ffffff80 0000ffff 00ff0000',
      },
      ['r 00ff0000', 'b ffffff80'],
    ],
    [
      '32 bits with an alpha channel that nobody filled in',
      {
        bits: 32,
        kind: 3,
        extension: v4(0xff_0000, 0xff00, 0xff, 0xff00_0000),
        pixels: 'ff000000 ffffff00 0000ff00 00ff0000',
      },
      picture,
    ],
    [
      'from top to bottom',
      { bits: 24, size: [2, -2], pixels: '0000ff 00ff00 0000 ff0000 ffffff 0000' },
      picture,
    ],
    ['an index beyond the palette', { bits: 8, size: [2, 1], palette: colours, pixels: '00090000' }, ['r k']],
    [
      'runs of 8 bits',
      { bits: 8, kind: 1, size: [4, 2], palette: colours, pixels: '0203 0200 0000 0004 00010203 0001' },
      ['r g b w', 'w w r r'],
    ],
    [
      'runs of 4 bits',
      { bits: 4, kind: 2, size: [4, 2], palette: colours, pixels: '0412 0000 00 03 0120 0001' },
      ['r g b r', 'g b g b'],
    ],
    [
      'a jump and a missing end',
      { bits: 8, kind: 1, size: [3, 2], palette: colours, pixels: '0002 0101 0102' },
      ['r b r', 'r r r'],
    ],
    [
      'runs beyond the picture',
      { bits: 8, kind: 1, size: [1, 1], palette: colours, pixels: 'ff02 0000 ff01' },
      ['b'],
    ],
  ])('reads %s', (_, file, rows) => expect(rowsOf(bitmap(file))).toEqual(rows));

  it('reads OS/2 bitmaps, whose header is short', () => {
    const file = Buffer.alloc(26 + 8);
    file.write('BM', 'latin1');
    file.writeUInt32LE(26, 10);
    file.writeUInt32LE(12, 14);
    for (const [at, value] of [
      [18, 2],
      [20, 1],
      [22, 1],
      [24, 24],
    ] as const)
      file.writeUInt16LE(value, at);
    file.set([0, 0, 255, 0, 255, 0], 26);
    expect(rowsOf(file)).toEqual(['r g']);
  });

  it.each<[string, Buffer, string]>([
    ['what is no bitmap', Buffer.from('GIF89a'), 'corrupt'],
    ['half a header', bitmap({ bits: 24, pixels: '' }).subarray(0, 30), 'corrupt'],
    ['too few rows', bitmap({ bits: 24, size: [2, 2], pixels: 'ff0000ffffff0000' }), 'corrupt'],
    ['an odd depth', bitmap({ bits: 7, pixels: '' }), 'corrupt'],
    ['a negative width', bitmap({ bits: 24, size: [-2, 2], pixels: '' }), 'corrupt'],
    ['too many pixels', bitmap({ bits: 24, size: [100, 100], pixels: '' }), 'too-large'],
    ['a JPEG within', bitmap({ bits: 24, kind: 4, pixels: '' }), 'unsupported'],
  ])('refuses %s', (_, file, cause) => {
    expect(() => decode(file, limits)).toThrow(expect.objectContaining({ cause }));
  });
});
