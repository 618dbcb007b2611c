import { type Box, boxes, findBox } from './boxes.js';

/** What of an init segment its fragments are read by. */
export interface InitFacts {
  timescale: number;
  /** For samples whose fragment says nothing of theirs. */
  defaultTicks: number;
}

/** A fragment as its boxes tell it. */
export interface FragmentFacts {
  /** Decode time of the first sample. */
  startTicks: number;
  ticks: number;
  samples: number;
  /** The first sample can be decoded without any other. */
  startsWithKey: boolean;
  /** From the beginning of the file to the end of the first sample. */
  keyBytes: number;
}

/** @throws RangeError when it is no init segment of one track */
export function readInit(data: Buffer): InitFacts {
  const header = findBox(data, ['moov', 'trak', 'mdia', 'mdhd']);
  const defaults = findBox(data, ['moov', 'mvex', 'trex']);
  if (!header || !defaults) throw new RangeError('the init segment lacks a track');
  // Version 1 has 64-bit times in front (8.4.2.2).
  const timescale = data.readUInt32BE(header.body + (data[header.body] === 1 ? 20 : 12));
  return { timescale, defaultTicks: data.readUInt32BE(defaults.body + 12) };
}

/**
 * Moves a media segment on the time line, in place, and tells what is in it. Every chunk is encoded as if it
 * began at 0; times (tfdt, sidx) and the number of the fragment (mfhd) become those of the whole video.
 * @param shiftTicks added to all times
 * @param sequence the number of the segment, from 1
 * @throws RangeError when it is no whole segment of one track
 */
export function placeSegment(
  data: Buffer,
  init: InitFacts,
  { shiftTicks, sequence }: { shiftTicks: number; sequence: number },
): FragmentFacts {
  let facts: FragmentFacts | null = null;
  for (const box of boxes(data)) {
    if (box.type === 'sidx') addTime(data, box.body + 12, data[box.body], shiftTicks);
    if (box.type !== 'moof') continue;
    const number = findBox(data, ['mfhd'], box);
    if (number) data.writeUInt32BE(sequence, number.body + 4);
    const found = placeTrack(data, box, { init, shiftTicks });
    if (facts === null) facts = found;
    else {
      facts.ticks += found.ticks;
      facts.samples += found.samples;
    }
  }
  if (!facts || facts.samples === 0) throw new RangeError('the segment holds no samples');
  return facts;
}

function placeTrack(
  data: Buffer,
  moof: Box,
  { init, shiftTicks }: { init: InitFacts; shiftTicks: number },
): FragmentFacts {
  const traf = findBox(data, ['traf'], moof);
  const time = traf && findBox(data, ['tfdt'], traf);
  const header = traf && findBox(data, ['tfhd'], traf);
  if (!traf || !time || !header) throw new RangeError('the segment lacks a track fragment');
  const startTicks = addTime(data, time.body + 4, data[time.body], shiftTicks);
  const defaults = readHeader(data, header, init);
  const facts = { startTicks, ticks: 0, samples: 0, startsWithKey: false, keyBytes: 0 };
  for (const run of boxes(data, traf.body, traf.end)) {
    if (run.type !== 'trun') continue;
    const found = readRun(data, run, defaults);
    if (facts.samples === 0) {
      facts.startsWithKey = found.firstIsKey;
      facts.keyBytes = moof.start + found.dataOffset + found.firstSize;
    }
    facts.ticks += found.ticks;
    facts.samples += found.samples;
  }
  return facts;
}

interface SampleDefaults {
  ticks: number;
  size: number;
  flags: number;
}

/** tfhd (8.8.7): what follows the track's number is told by flags. */
function readHeader(data: Buffer, { body }: Box, { defaultTicks }: InitFacts): SampleDefaults {
  const flags = data.readUIntBE(body + 1, 3);
  let at = body + 8;
  if (flags & 0x01) at += 8;
  if (flags & 0x02) at += 4;
  const next = (flag: number): number | null => {
    if (!(flags & flag)) return null;
    at += 4;
    return data.readUInt32BE(at - 4);
  };
  return { ticks: next(0x08) ?? defaultTicks, size: next(0x10) ?? 0, flags: next(0x20) ?? 0 };
}

/** sample_is_non_sync_sample (8.8.3.1). */
const nonSync = 0x1_0000;

/** trun (8.8.8). */
function readRun(data: Buffer, { body }: Box, defaults: SampleDefaults) {
  const flags = data.readUIntBE(body + 1, 3);
  const samples = data.readUInt32BE(body + 4);
  let at = body + 8;
  const next = (flag: number): number | null => {
    if (!(flags & flag)) return null;
    at += 4;
    return data.readUInt32BE(at - 4);
  };
  const dataOffset = next(0x001) ?? 0;
  const firstFlags = next(0x004);
  let ticks = 0;
  let firstSize = 0;
  let flagsOfFirst = firstFlags ?? defaults.flags;
  for (let sample = 0; sample < samples; sample += 1) {
    ticks += next(0x100) ?? defaults.ticks;
    const size = next(0x200) ?? defaults.size;
    const own = next(0x400);
    next(0x800);
    if (sample > 0) continue;
    firstSize = size;
    flagsOfFirst = firstFlags ?? own ?? defaults.flags;
  }
  return { dataOffset, samples, ticks, firstSize, firstIsKey: (flagsOfFirst & nonSync) === 0 };
}

/** Adds to a time of 32 or, by the version of its box, 64 bits. @returns the sum */
function addTime(data: Buffer, at: number, version: number | undefined, ticks: number): number {
  if (version === 1) {
    const sum = Number(data.readBigUInt64BE(at)) + ticks;
    data.writeBigUInt64BE(BigInt(sum), at);
    return sum;
  }
  const sum = data.readUInt32BE(at) + ticks;
  data.writeUInt32BE(sum, at);
  return sum;
}
