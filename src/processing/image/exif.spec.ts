import { describe, expect, it } from '@jest/globals';
import { selectExif } from './exif.js';

/** Little-endian TIFF with one IFD of ASCII tags. */
function tiff(tags: Record<number, string>): Buffer {
  const entries = Object.entries(tags).map(([tag, value]) => ({
    tag: Number(tag),
    value: Buffer.from(`${value}\0`),
  }));
  const directory = Buffer.alloc(2 + entries.length * 12 + 4);
  directory.writeUInt16LE(entries.length, 0);
  let offset = 8 + directory.length;
  entries.forEach(({ tag, value }, index) => {
    const at = 2 + index * 12;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(2, at + 2);
    directory.writeUInt32LE(value.length, at + 4);
    directory.writeUInt32LE(offset, at + 8);
    offset += value.length;
  });
  return Buffer.concat([
    Buffer.from('49492a0008000000', 'hex'),
    directory,
    ...entries.map(({ value }) => value),
  ]);
}

describe('selectExif', () => {
  it('reads with and without the Exif prefix', async () => {
    const block = tiff({ 0x010f: 'Example' });
    expect(await selectExif(block)).toEqual({ make: 'Example' });
    expect(await selectExif(Buffer.concat([Buffer.from('Exif\0\0'), block]))).toEqual({ make: 'Example' });
  });

  it('drops controls, bidi overrides and excess length, which break databases and pages', async () => {
    const { make, model } = await selectExif(tiff({ 0x010f: 'A\u0001B\u202eC', 0x0110: 'x'.repeat(5000) }));
    expect(make).toBe('ABC');
    expect(model).toHaveLength(100);
  });

  it('leaves out names of people', async () => {
    expect(await selectExif(tiff({ 0x013b: 'Alice Owner', 0x8298: 'Alice Owner' }))).toEqual({});
  });

  it.each([
    ['nothing', undefined],
    ['an empty block', Buffer.alloc(0)],
    ['noise', Buffer.from('Exif\0\0this is no TIFF at all')],
    ['a directory that points outside', Buffer.from('49492a00ffffff7f', 'hex')],
    ['a cut block', tiff({ 0x010f: 'Example camera maker' }).subarray(0, 20)],
    ['a block larger than any camera writes', Buffer.alloc(2 * 1024 * 1024)],
  ])('gives nothing for %s, and does not fail', async (_, block) => {
    expect(await selectExif(block)).toEqual({});
  });
});
