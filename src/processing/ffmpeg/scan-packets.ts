import { type DecodeLimits, inputOptions, inputUrl, mayJumpInTime, type MediaInput } from './media-input.js';
import type { MediaTools, ToolRun } from './media-tools.js';
import { PacketClock } from './packet-clock.js';

export interface PacketScan extends ToolRun {
  limits: DecodeLimits;
  /** The streams that count; the others may say what they like. */
  streams: readonly number[];
  maxSeconds: number;
  /** Thrown as soon as the packets reach beyond `maxSeconds`. */
  tooLong: () => Error;
}

/**
 * Reads a file's packets to its end, without decoding. What containers claim about their length can't be
 * trusted either way: too long to reach a limit, or too short to slip under one.
 * @throws ProcessFailure, or what `tooLong` makes
 */
export async function scanPackets(
  tools: MediaTools,
  input: MediaInput,
  scan: PacketScan,
): Promise<PacketClock> {
  const clock = new PacketClock(mayJumpInTime(input));
  const entries = 'packet=stream_index,pts_time,dts_time,duration_time,size,flags';
  const args = [...inputOptions(input, scan.limits), '-show_entries', entries, '-of', 'csv=p=0'];
  await tools.ffprobe([...args, inputUrl(input)], scan, (line) => {
    clock.add(line);
    if (clock.spanSeconds(scan.streams) > scan.maxSeconds) throw scan.tooLong();
  });
  return clock;
}
