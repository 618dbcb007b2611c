import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { wholeFragmentSize, wholeJpegSize } from './whole-file.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'whole-file-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(hex: string): Promise<string> {
  const path = join(directory, 'file');
  await writeFile(path, Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  return path;
}

const moof = '0000000a 6d6f6f66 0102';
const mdat = '0000000c 6d646174 01020304';
const longMdat = '00000001 6d646174 0000000000000012 0102';

describe('wholeFragmentSize', () => {
  it.each([
    ['boxes that add up', `${moof} ${mdat}`, 22],
    ['a long box', `${moof} ${longMdat}`, 28],
    ['a cut box', `${moof} 0000000c 6d646174 0102`, 0],
    ['a cut header', `${moof} 0000`, 0],
    ['a cut long header', '00000001 6d646174 00000000', 0],
    ['a box without end', '00000000 6d646174 0102', 0],
    ['nothing', '', 0],
  ])('of %s', async (_, hex, size) => {
    expect(await wholeFragmentSize(await file(hex))).toBe(size);
  });

  it('is 0 for what is not there', async () => {
    expect(await wholeFragmentSize(join(directory, 'none'))).toBe(0);
  });
});

describe('wholeJpegSize', () => {
  it.each([
    ['a whole one', 'ffd8ff00 ffd9', 6],
    ['a cut one', 'ffd8ff00 ff', 0],
    ['nothing', '', 0],
  ])('of %s', async (_, hex, size) => {
    expect(await wholeJpegSize(await file(hex))).toBe(size);
  });
});
