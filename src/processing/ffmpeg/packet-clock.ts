/** One stream as its packets tell it, seconds. */
export interface PacketTimes {
  packets: number;
  bytes: number;
  start: number;
  end: number;
  /** The longest time by which one picture comes after all those before it; the frames between may follow. */
  gap: number;
}

/** ffmpeg takes a step of more than 10 s for a new clock (-dts_delta_threshold). */
const jumpSeconds = 10;

/** Adds up packets: the truth about a stream's length, whatever its headers claim. */
export class PacketClock {
  readonly #streams = new Map<number, PacketTimes & { last: number; newest: number; shift: number }>();

  constructor(private readonly mayJump: boolean) {}

  /**
   * Takes a line `stream,pts,dts,duration,size,flags` of ffprobe; packets that are to be discarded, and
   * lines that are no packet, count for nothing.
   */
  add(line: string): void {
    const [index, pts, dts, duration, size, flags = ''] = line.split(',');
    const time = pts === 'N/A' ? Number(dts) : Number(pts);
    if (!Number.isFinite(time) || index === undefined || flags.includes('D')) return;
    const length = Math.min(Math.max(Number(duration) || 0, 0), jumpSeconds);
    const known = this.#streams.get(Number(index));
    const fresh = {
      packets: 0,
      bytes: 0,
      start: time,
      end: time,
      gap: 0,
      last: time,
      newest: time,
      shift: 0,
    };
    const stream = known ?? fresh;
    if (this.mayJump && Math.abs(time - stream.last) > jumpSeconds) {
      stream.shift += stream.last + length - time;
    }
    const shifted = time + stream.shift;
    stream.packets += 1;
    stream.bytes += Number(size) || 0;
    stream.last = time;
    stream.gap = Math.max(stream.gap, shifted - stream.newest);
    stream.newest = Math.max(stream.newest, shifted);
    stream.start = Math.min(stream.start, shifted);
    stream.end = Math.max(stream.end, shifted + length);
    this.#streams.set(Number(index), stream);
  }

  times(index: number): PacketTimes | null {
    const found = this.#streams.get(index);
    if (!found) return null;
    const { packets, bytes, start, end, gap } = found;
    return { packets, bytes, start, end, gap };
  }

  /** From the first packet of any of the streams to the end of the last one; 0 when there is none. */
  spanSeconds(indexes: readonly number[]): number {
    const known = indexes.flatMap((index) => this.#streams.get(index) ?? []);
    if (known.length === 0) return 0;
    return Math.max(...known.map(({ end }) => end)) - Math.min(...known.map(({ start }) => start));
  }
}
