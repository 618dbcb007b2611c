import { describe, expect, it } from '@jest/globals';
import { SNIFF_BYTES, sniffContentType } from './sniff-content-type.js';

const bytes = (...parts: (string | number[] | Buffer)[]): Buffer =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  );
const padded = (...parts: (string | number[] | Buffer)[]): Buffer => bytes(...parts, Buffer.alloc(256));
const toLength = (size: number, head: Buffer): Buffer =>
  Buffer.concat([head, Buffer.alloc(size - head.length, 0xee)]);

const ftyp = (major: string, ...compatible: string[]): Buffer =>
  padded([0, 0, 0, 16 + 4 * compatible.length], `ftyp${major}`, [0, 0, 0, 0], ...compatible);
const gifScreen = [1, 0, 1, 0, 0, 0, 0];
const bmp = (secondHeader: number): Buffer =>
  padded('BM', [70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, secondHeader, 0, 0, 0]);
const ebml = (doctype: string): Buffer =>
  padded([0x1a, 0x45, 0xdf, 0xa3, 0x80 + doctype.length + 3, 0x42, 0x82, 0x80 + doctype.length], doctype);
const ogg = (...first: (string | number[])[]): Buffer => padded('OggS', Buffer.alloc(24), ...first);
const id3 = (...size: number[]): Buffer => bytes('ID3', [3, 0, 0, ...size]);
const tiff = (make: string): Buffer =>
  padded('II*\0', [8, 0, 0, 0, 1, 0, 0x0f, 1, 2, 0, make.length, 0, 0, 0, 26, 0, 0, 0, 0, 0, 0, 0], make);
const dng = padded('II*\0', [8, 0, 0, 0, 1, 0, 0x12, 0xc6, 1, 0, 4, 0, 0, 0, 1, 4, 0, 0, 0, 0, 0, 0]);
const png = bytes([0x89], 'PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', Buffer.alloc(17));
const transportStream = Buffer.concat(
  Array.from({ length: 3 }, () => toLength(188, bytes([0x47, 0x40, 0, 0x10]))),
);

describe('sniffContentType', () => {
  it.each<[string, Buffer, string, string]>([
    ['JPEG', padded([0xff, 0xd8, 0xff, 0xe0]), 'image/jpeg', 'image'],
    ['PNG', padded(png, [0, 0, 0, 1], 'IDAT'), 'image/png', 'image'],
    ['animated PNG', padded(png, [0, 0, 0, 8], 'acTL'), 'image/png', 'image'],
    ['GIF', bytes('GIF89a', gifScreen, [0x2c]), 'image/gif', 'image'],
    [
      'GIF with a palette',
      bytes('GIF89a', [1, 0, 1, 0, 0x80, 0, 0], [1, 2, 3, 4, 5, 6], [0x21]),
      'image/gif',
      'image',
    ],
    ['WebP', padded('RIFF', [9, 9, 0, 0], 'WEBPVP8 '), 'image/webp', 'image'],
    ['AVIF', ftyp('avif', 'mif1'), 'image/avif', 'image'],
    ['AVIF behind a general brand', ftyp('mif1', 'miaf', 'avif'), 'image/avif', 'image'],
    ['HEIC', ftyp('heic', 'mif1'), 'image/heic', 'image'],
    ['HEIC behind a general brand', ftyp('mif1', 'heic'), 'image/heic', 'image'],
    ['other HEIF', ftyp('mif1', 'miaf'), 'image/heif', 'image'],
    ['TIFF', tiff('Canon'), 'image/tiff', 'image'],
    ['BMP', bmp(40), 'image/bmp', 'image'],
    ['ICO', padded([0, 0, 1, 0, 1, 0]), 'image/x-icon', 'image'],
    ['PSD', padded('8BPS', [0, 1]), 'image/vnd.adobe.photoshop', 'image'],
    ['JPEG XL', padded([0xff, 0x0a]), 'image/jxl', 'image'],
    ['JPEG 2000', padded([0, 0, 0, 12], 'jP  \r\n\x87\n', [0, 0, 0, 20], 'ftypjp2 '), 'image/jp2', 'image'],
    ['DNG', dng, 'image/x-adobe-dng', 'other'],
    ['CR2', padded('II*\0', [16, 0, 0, 0], 'CR', [2, 0]), 'image/x-canon-cr2', 'other'],
    ['CR3', ftyp('crx ', 'crx '), 'image/x-canon-cr3', 'other'],
    ['MP4', ftyp('isom', 'mp42'), 'video/mp4', 'video'],
    ['M4V', ftyp('M4V ', 'mp42'), 'video/mp4', 'video'],
    ['M4A', ftyp('M4A ', 'mp42'), 'audio/mp4', 'audio'],
    ['QuickTime', ftyp('qt  '), 'video/quicktime', 'video'],
    ['QuickTime without ftyp', padded([0, 0, 1, 0], 'moov'), 'video/quicktime', 'video'],
    ['3GPP', ftyp('3gp4'), 'video/3gpp', 'video'],
    ['WebM', ebml('webm'), 'video/webm', 'video'],
    ['Matroska', ebml('matroska'), 'video/x-matroska', 'video'],
    ['AVI', padded('RIFF', [9, 9, 0, 0], 'AVI LIST'), 'video/x-msvideo', 'video'],
    ['FLV', padded('FLV', [1]), 'video/x-flv', 'video'],
    ['MPEG-TS', transportStream, 'video/mp2t', 'video'],
    ['MPEG-PS', padded([0, 0, 1, 0xba, 0x44]), 'video/mpeg', 'video'],
    ['Ogg Opus', ogg('OpusHead'), 'audio/ogg', 'audio'],
    ['Ogg Vorbis', ogg([1], 'vorbis'), 'audio/ogg', 'audio'],
    ['Ogg Theora', ogg([0x80], 'theora'), 'video/ogg', 'video'],
    ['WAV', padded('RIFF', [9, 9, 0, 0], 'WAVEfmt '), 'audio/wav', 'audio'],
    ['MP3', padded([0xff, 0xfb, 0x90, 0x44]), 'audio/mpeg', 'audio'],
    ['MP3 behind a tag', padded(id3(0, 0, 0, 4), 'abcd', [0xff, 0xfb, 0x90, 0x44]), 'audio/mpeg', 'audio'],
    [
      'MP3 behind a tag and padding',
      padded(id3(0, 0, 0, 0), Buffer.alloc(9), [0xff, 0xfb, 0x90, 0x44]),
      'audio/mpeg',
      'audio',
    ],
    ['FLAC', padded('fLaC'), 'audio/flac', 'audio'],
    ['FLAC behind a tag', padded(id3(0, 0, 0, 4), 'abcd', 'fLaC'), 'audio/flac', 'audio'],
    ['a tag longer than the head', toLength(SNIFF_BYTES, id3(0, 0x20, 0, 0)), 'audio/mpeg', 'audio'],
    ['ADTS AAC', padded([0xff, 0xf1, 0x50, 0x80]), 'audio/aac', 'audio'],
    ['AMR', padded('#!AMR\n'), 'audio/amr', 'audio'],
    ['AIFF', padded('FORM', [0, 0, 1, 0], 'AIFF'), 'audio/aiff', 'audio'],
    ['PDF', padded('%PDF-1.7\n'), 'application/pdf', 'document'],
    ['ZIP', padded('PK\x03\x04', Buffer.alloc(26)), 'application/zip', 'other'],
    ['a Windows program', padded('MZ', [0x90, 0]), 'application/x-msdownload', 'other'],
    ['PostScript', bytes('%!PS\n%%EOF'), 'application/postscript', 'document'],
  ])('tells %s', async (_, head, contentType, kind) => {
    expect(await sniffContentType(head)).toEqual({ contentType, kind });
  });

  it('takes a TIFF whose directory lies behind the head by its header', async () => {
    const head = toLength(SNIFF_BYTES, bytes('MM\0*', [0x7f, 0, 0, 0]));
    expect((await sniffContentType(head))?.contentType).toBe('image/tiff');
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from([0xff])],
    ['a PNG signature alone', png.subarray(0, 8)],
    ['zeros', Buffer.alloc(100)],
    ['random binary', bytes([0xde, 0xad, 0xbe, 0xef, 1, 2, 3])],
    ['a GIF without a valid block', bytes('GIF89a', gifScreen, [0x41, 0])],
    ['a GIF cut in its palette', bytes('GIF89a', [1, 0, 1, 0, 0x87, 0, 0, 1, 2])],
    ['BM with an undefined header', bmp(41)],
    ['a whole file that claims a longer tag', padded(id3(0, 0x20, 0, 0))],
    ['a program behind an audio tag', padded(id3(0, 0, 0, 0), 'MZ', [0x90, 0])],
    ['a short file that points to a TIFF directory far away', bytes('MM\0*', [0x7f, 0, 0, 0])],
  ])('does not know %s', async (_, head) => {
    expect(await sniffContentType(head)).toBeNull();
  });

  it('calls a polyglot what its first magic says', async () => {
    const gifar = bytes('GIF89a', gifScreen, [0x2c, 0, 0], 'PK\x03\x04<script>alert(1)</script>');
    expect((await sniffContentType(gifar))?.contentType).toBe('image/gif');
  });

  it.each(['GIF89a<html><body>', 'BMW is a car', 'MAC addresses:', 'RIFF raff'])(
    'does not take the text %j for a picture or a sound',
    async (text) => {
      expect((await sniffContentType(Buffer.from(text)))?.contentType).toBe('text/plain');
    },
  );
});
