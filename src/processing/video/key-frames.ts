/** A picture that can be shown without any other, with the `moof` before it: an I-frame segment. */
export interface KeyFrame {
  /** Decoding time of its fragment, in units of the track. */
  time: number;
  /** Position of the `moof` in the segment. */
  offset: number;
  /** From there to the last byte of the picture. */
  sizeBytes: number;
}

interface Box {
  type: string;
  start: number;
  body: number;
  end: number;
}

const NOT_SYNC = 0x1_0000;
const BOX_HEADER = 8;

/**
 * The pictures of a media segment that an I-frame playlist can point at: the first of every fragment, where it
 * is a sync sample and its bytes come right behind the `moof` (ISO/IEC 14496-12, 8.8; RFC 8216bis, 4.4.3.6).
 * Pictures further on in a fragment can't be had without all that is before them.
 * @param segment its bytes, or as many as hold the fragments' `moof` boxes
 * @returns none for what is no fragmented MP4
 */
export function findKeyFrames(segment: Buffer): KeyFrame[] {
  return boxesIn(segment, 0, segment.length).flatMap((moof) => {
    if (moof.type !== 'moof' || moof.end + BOX_HEADER > segment.length) return [];
    const traf = boxesIn(segment, moof.body, moof.end).find(({ type }) => type === 'traf');
    const boxes = traf ? boxesIn(segment, traf.body, traf.end) : [];
    const [tfhd, tfdt, trun] = ['tfhd', 'tfdt', 'trun'].map((name) =>
      boxes.find(({ type }) => type === name),
    );
    if (!tfhd || !tfdt || !trun) return [];
    const first = firstSample(segment, { tfhd, trun });
    // The data offset counts from the moof.
    if (!first?.isSync || first.offset !== moof.end + BOX_HEADER - moof.start) return [];
    return {
      time:
        segment[tfdt.body] === 1
          ? Number(segment.readBigUInt64BE(tfdt.body + 4))
          : segment.readUInt32BE(tfdt.body + 4),
      offset: moof.start,
      sizeBytes: first.offset + first.sizeBytes,
    };
  });
}

/** Boxes of one level, as far as they are whole or the last one's header is. */
function boxesIn(data: Buffer, start: number, end: number): Box[] {
  const boxes: Box[] = [];
  for (let at = start; at + BOX_HEADER <= end;) {
    const size = data.readUInt32BE(at);
    if (size < BOX_HEADER) break;
    const type = data.toString('latin1', at + 4, at + BOX_HEADER);
    boxes.push({ type, start: at, body: at + BOX_HEADER, end: at + size });
    at += size;
  }
  return boxes;
}

/** 8.8.7 and 8.8.8: what the run leaves out is in the header; defaults of the track are not looked for. */
function firstSample(
  data: Buffer,
  { tfhd, trun }: { tfhd: Box; trun: Box },
): { offset: number; sizeBytes: number; isSync: boolean } | null {
  const run = fields(data, trun.body, {
    0x1: 'offset',
    0x4: 'firstFlags',
    0x100: '',
    0x200: 'size',
    0x400: 'flags',
  });
  // Behind version, flags and track id: description index, duration, size, flags. Where a base is given,
  // offsets do not count from the moof.
  if ((data.readUInt32BE(tfhd.body) & 0x1) !== 0) return null;
  const header = fields(data, tfhd.body, { 0x2: '', 0x8: '', 0x10: 'size', 0x20: 'flags' });
  const offset = run.get('offset');
  const sizeBytes = run.get('size') ?? header.get('size');
  const flags = run.get('firstFlags') ?? run.get('flags') ?? header.get('flags');
  if (offset === undefined || sizeBytes === undefined || flags === undefined) return null;
  return { offset, sizeBytes, isSync: (flags & NOT_SYNC) === 0 };
}

/** The optional words that follow the word behind version and flags, by the flag that says that they are there. */
function fields(data: Buffer, body: number, names: Record<number, string>): Map<string, number> {
  const present = data.readUInt32BE(body) & 0xff_ffff;
  const found = new Map<string, number>();
  let at = body + 8;
  for (const [flag, name] of Object.entries(names)) {
    if ((present & Number(flag)) === 0) continue;
    found.set(name, data.readUInt32BE(at));
    at += 4;
  }
  return found;
}
