import { type Box, boxesIn, childrenOf, Mp4Problem, only } from './boxes.ts';
import type { InitSegment } from './init-segment.ts';

export interface Sample {
  /** In the media's own units; see `InitSegment.timescale`. */
  duration: number;
  /** Presentation less decoding time. */
  shift: number;
  /** Position of its bytes in the segment. */
  offset: number;
  size: number;
  /** Flagged as one that can be decoded by itself. */
  sync: boolean;
  /** Holds an IDR picture (H.264 NAL unit type 5); false for sound. */
  idr: boolean;
}

/** One `moof` with its `mdat`. */
export interface Fragment {
  start: number;
  /** `tfdt`: when its first sample is decoded. */
  decodeTime: number;
  samples: Sample[];
}

const NOT_SYNC = 0x1_0000;
const NAL_IDR = 5;

/**
 * The fragments of a media segment (ISO/IEC 14496-12, 8.8), with every sample found in an `mdat`.
 * @throws Mp4Problem
 */
export function parseMediaSegment(data: Buffer, init: InitSegment): Fragment[] {
  const boxes = boxesIn(data);
  const stores = boxes.filter(({ type }) => type === 'mdat');
  const fragments = boxes
    .filter(({ type }) => type === 'moof')
    .map((moof) => parseFragment(data, moof, init));
  if (fragments.length === 0) throw new Mp4Problem('no box moof');
  for (const sample of fragments.flatMap(({ samples }) => samples)) {
    const { offset, size } = sample;
    if (!stores.some(({ body, end }) => offset >= body && offset + size <= end)) {
      throw new Mp4Problem(`a sample of ${size} bytes at ${offset} is in no mdat`);
    }
    sample.idr = init.entry.kind === 'video' && hasIdr(data, sample, init.entry.lengthSize);
  }
  return fragments;
}

/** What stands before the picture is whole, and the `mdat` cut off. */
function startOfMdat(data: Buffer): number {
  let at = 0;
  while (at + 8 <= data.length && data.toString('latin1', at + 4, at + 8) !== 'mdat') {
    at += Math.max(8, data.readUInt32BE(at));
  }
  return Math.min(at, data.length);
}

/**
 * An I-frame segment: a `moof` and of its `mdat` no more than the first sample (RFC 8216bis, 4.4.3.6).
 * @returns the fragment with that sample alone
 * @throws Mp4Problem
 */
export function parseFrameSegment(data: Buffer, init: InitSegment): Fragment {
  const mdat = startOfMdat(data);
  const moof = boxesIn(data, 0, mdat).at(-1);
  if (moof?.type !== 'moof') throw new Mp4Problem('an I-frame segment holds no moof before its mdat');
  const fragment = parseFragment(data, moof, init);
  const [frame] = fragment.samples;
  if (frame?.offset !== mdat + 8) throw new Mp4Problem('the I-frame does not follow its moof');
  if (frame.offset + frame.size !== data.length) {
    throw new Mp4Problem(`an I-frame of ${frame.size} bytes in a range of ${data.length - frame.offset}`);
  }
  frame.idr = init.entry.kind === 'video' && hasIdr(data, frame, init.entry.lengthSize);
  return { ...fragment, samples: [frame] };
}

function parseFragment(data: Buffer, moof: Box, init: InitSegment): Fragment {
  const traf = only(childrenOf(data, moof), 'traf');
  const boxes = childrenOf(data, traf);
  const header = parseHeader(data, only(boxes, 'tfhd'), { moof, init });
  const tfdt = only(boxes, 'tfdt').body;
  const decodeTime = data[tfdt] === 1 ? Number(data.readBigUInt64BE(tfdt + 4)) : data.readUInt32BE(tfdt + 4);
  const samples: Sample[] = [];
  let offset = header.base;
  for (const run of boxes.filter(({ type }) => type === 'trun')) {
    offset = parseRun(data, run, { ...header, offset, samples });
  }
  if (samples.length === 0) throw new Mp4Problem('a fragment without samples');
  return { start: moof.start, decodeTime, samples };
}

interface TrackHeader {
  base: number;
  duration: number;
  size: number;
  flags: number;
}

/** 8.8.7: offsets count from the first byte of the moof unless a base is given. */
function parseHeader(data: Buffer, tfhd: Box, { moof, init }: { moof: Box; init: InitSegment }): TrackHeader {
  const present = data.readUInt32BE(tfhd.body) & 0xff_ffff;
  let at = tfhd.body + 8;
  const take = (flag: number, fallback: number): number => {
    if ((present & flag) === 0) return fallback;
    at += 4;
    return data.readUInt32BE(at - 4);
  };
  let base = moof.start;
  if ((present & 0x1) !== 0) {
    base = Number(data.readBigUInt64BE(at));
    at += 8;
  }
  take(0x2, 0);
  const duration = take(0x8, init.defaults.duration);
  const size = take(0x10, init.defaults.size);
  return { base, duration, size, flags: take(0x20, init.defaults.flags) };
}

/** 8.8.8. @returns where the next run's bytes begin, if it does not say */
function parseRun(
  data: Buffer,
  run: Box,
  state: TrackHeader & { offset: number; samples: Sample[] },
): number {
  const version = data[run.body];
  const present = data.readUInt32BE(run.body) & 0xff_ffff;
  const count = data.readUInt32BE(run.body + 4);
  let at = run.body + 8;
  const next = (): number => {
    if (at + 4 > run.end) throw new Mp4Problem('trun is cut off');
    at += 4;
    return data.readUInt32BE(at - 4);
  };
  let offset = (present & 0x1) !== 0 ? state.base + (next() | 0) : state.offset;
  const firstFlags = (present & 0x4) !== 0 ? next() : null;
  for (let index = 0; index < count; index += 1) {
    const duration = (present & 0x100) !== 0 ? next() : state.duration;
    const size = (present & 0x200) !== 0 ? next() : state.size;
    const own = (present & 0x400) !== 0 ? next() : state.flags;
    const flags = index === 0 && firstFlags !== null ? firstFlags : own;
    const shift = (present & 0x800) !== 0 ? next() : 0;
    const sample = { duration, size, offset, sync: (flags & NOT_SYNC) === 0, idr: false };
    state.samples.push({ ...sample, shift: version === 0 ? shift : shift | 0 });
    offset += size;
  }
  return offset;
}

function hasIdr(data: Buffer, { offset, size }: Sample, lengthSize: number): boolean {
  const end = offset + size;
  for (let at = offset; at + lengthSize < end;) {
    const length = data.readUIntBE(at, lengthSize);
    if (((data[at + lengthSize] ?? 0) & 0x1f) === NAL_IDR) return true;
    at += lengthSize + length;
  }
  return false;
}
