import { describe, expect, it } from '@jest/globals';
import { placeSegment, readInit } from './fragment.js';

function box(type: string, ...content: (Buffer | number[])[]): Buffer {
  const body = Buffer.concat(content.map((part) => (Buffer.isBuffer(part) ? part : numbers(part))));
  return Buffer.concat([numbers([body.length + 8]), Buffer.from(type, 'latin1'), body]);
}
function numbers(values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) buffer.writeUInt32BE(value, at * 4);
  return buffer;
}

const mdhd = box('mdhd', [0, 0, 0, 15_360, 0, 0]);
const init = box('moov', box('trak', box('mdia', mdhd)), box('mvex', box('trex', [0, 1, 1, 512, 0, 0])));
const defaults = { timescale: 15_360, defaultTicks: 512 };

interface Shape {
  version?: 0 | 1;
  time?: number;
  firstFlags?: number;
}

/** One fragment of three samples of 10, 20 and 30 bytes. */
function segment({ version = 1, time = 1024, firstFlags = 0x0200_0000 }: Shape = {}): Buffer {
  const wide = version === 1 ? [0, time] : [time];
  const sidx = box('sidx', [version << 24, 1, 15_360, ...wide, 0]);
  const tfdt = box('tfdt', [version << 24, ...wide]);
  const tfhd = box('tfhd', [0x02_0000, 1]);
  const trun = (offset: number) => box('trun', [0x205, 3, offset, firstFlags, 10, 20, 30]);
  const moof = (offset: number) => box('moof', box('mfhd', [0, 7]), box('traf', tfhd, tfdt, trun(offset)));
  const dataOffset = moof(0).length + 8;
  return Buffer.concat([box('styp', [0]), sidx, moof(dataOffset), box('mdat', Buffer.alloc(60))]);
}
const place = (data: Buffer, shiftTicks = 512 * 600, sequence = 6) =>
  placeSegment(data, defaults, { shiftTicks, sequence });

describe('readInit', () => {
  it('tells the time scale and the length of samples', () => {
    expect(readInit(init)).toEqual(defaults);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a cut file', init.subarray(0, init.length - 1)],
    ['noise', Buffer.from('nothing of the kind')],
  ])('refuses %s', (_name, data) => {
    expect(() => readInit(data)).toThrow();
  });
});

describe('placeSegment', () => {
  it.each([0, 1] as const)('moves all times, of version %d, and numbers the fragment', (version) => {
    const data = segment({ version });
    const time = 1024 + 512 * 600;
    expect(place(data)).toMatchObject({ startTicks: time, ticks: 3 * 512, samples: 3 });
    expect(data.equals(segmentAt(version, time, 6))).toBe(true);
  });

  function segmentAt(version: 0 | 1, time: number, sequence: number): Buffer {
    const data = segment({ version, time });
    data.writeUInt32BE(sequence, data.indexOf('mfhd', 0, 'latin1') + 8);
    return data;
  }

  it('reaches beyond 32 bits', () => {
    expect(place(segment(), 2 ** 40).startTicks).toBe(2 ** 40 + 1024);
    expect(() => place(segment({ version: 0 }), 2 ** 40)).toThrow();
  });

  it('tells whether it can be played alone, and how far its first picture reaches', () => {
    const data = segment();
    const { startsWithKey, keyBytes } = place(data);
    expect(startsWithKey).toBe(true);
    expect(keyBytes).toBe(data.length - 60 + 10);
    expect(place(segment({ firstFlags: 0x0101_0000 })).startsWithKey).toBe(false);
  });

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['one cut within its data', segment().subarray(0, -1)],
    ['one cut within its index', segment().subarray(0, 60)],
    ['one that has no samples', box('styp', [0])],
  ])('refuses %s', (_name, data) => {
    expect(() => place(Buffer.from(data))).toThrow();
  });
});
