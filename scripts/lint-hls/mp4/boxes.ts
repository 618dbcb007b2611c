/** A box of ISO/IEC 14496-12, 4.2: positions are those in the data that was walked. */
export interface Box {
  type: string;
  start: number;
  /** Where its content begins. */
  body: number;
  end: number;
}

/** What is wrong with bytes that were taken for MP4. */
export class Mp4Problem extends Error {}

/**
 * The boxes of one level.
 * @throws Mp4Problem when they do not fill the range exactly
 */
export function boxesIn(data: Buffer, start = 0, end = data.length): Box[] {
  const boxes: Box[] = [];
  for (let at = start; at < end;) {
    if (at + 8 > end) throw new Mp4Problem(`${end - at} bytes at ${at} are no box`);
    const type = data.toString('latin1', at + 4, at + 8);
    const short = data.readUInt32BE(at);
    const body = at + (short === 1 ? 16 : 8);
    if (body > end) throw new Mp4Problem(`box ${type} at ${at} is cut off`);
    const size = short === 1 ? Number(data.readBigUInt64BE(at + 8)) : short === 0 ? end - at : short;
    if (at + size < body || at + size > end) {
      throw new Mp4Problem(`box ${type} at ${at} claims ${size} of ${end - at} bytes`);
    }
    boxes.push({ type, start: at, body, end: at + size });
    at += size;
  }
  return boxes;
}

export function childrenOf(data: Buffer, box: Box, skip = 0): Box[] {
  return boxesIn(data, box.body + skip, box.end);
}

/**
 * The one box of a type among others.
 * @throws Mp4Problem when there is none or more than one
 */
export function only(boxes: readonly Box[], type: string): Box {
  const [box, second] = boxes.filter((candidate) => candidate.type === type);
  if (!box) throw new Mp4Problem(`no box ${type}`);
  if (second) throw new Mp4Problem(`more than one box ${type}`);
  return box;
}

/** Follows a path of boxes that occur once each. */
export function descend(data: Buffer, box: Box, path: readonly string[]): Box {
  return path.reduce((parent, type) => only(childrenOf(data, parent), type), box);
}
