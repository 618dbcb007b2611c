/** A box of an ISO base media file (ISO/IEC 14496-12, 4.2). */
export interface Box {
  type: string;
  /** Of its header. */
  start: number;
  /** Behind its header. */
  body: number;
  end: number;
}

/**
 * The boxes in a range, one after the other.
 * @throws RangeError when they do not add up to it
 */
export function* boxes(data: Buffer, from = 0, to = data.length): Generator<Box> {
  for (let start = from; start < to;) {
    const short = data.readUInt32BE(start);
    const long = short === 1;
    const size = long ? Number(data.readBigUInt64BE(start + 8)) : short;
    const body = start + (long ? 16 : 8);
    const end = start + size;
    if (end < body || end > to) throw new RangeError('a box does not end within what holds it');
    yield { type: data.toString('latin1', start + 4, start + 8), start, body, end };
    start = end;
  }
}

/** The first box at a path of types, or null. */
export function findBox(data: Buffer, path: readonly string[], within?: Box): Box | null {
  let holder: Box | null = within ?? { type: '', start: 0, body: 0, end: data.length };
  for (const type of path) {
    if (holder === null) return null;
    holder = [...boxes(data, holder.body, holder.end)].find((box) => box.type === type) ?? null;
  }
  return holder;
}
