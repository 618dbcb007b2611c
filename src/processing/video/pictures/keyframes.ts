import { inputOptions, inputUrl, type MediaTools, optionList } from '../../ffmpeg/index.js';
import type { PictureRequest } from './picture-run.js';

/**
 * The longest time between two keyframes of a video, its end among them, in seconds. Reads packets and decodes
 * nothing.
 * @throws ProcessFailure, the signal's reason
 */
export async function longestKeyframeGap(
  tools: MediaTools,
  { probe, outDir, limits, signal }: PictureRequest,
): Promise<number> {
  const { stream, times } = probe.video;
  const args = [
    ...inputOptions(probe.input, limits),
    ...optionList({ select_streams: stream.index, show_entries: 'packet=pts_time,dts_time,flags' }),
    ...optionList({ of: 'csv=p=0' }),
  ];
  let last = times.start;
  let longest = 0;
  const run = { cwd: outDir, timeoutMs: limits.timeoutSeconds * 1000, signal };
  await tools.ffprobe([...args, inputUrl(probe.input)], run, (line) => {
    const [pts, dts, flags = ''] = line.split(',');
    const time = Number(pts === 'N/A' ? dts : pts);
    if (!flags.startsWith('K') || !Number.isFinite(time)) return;
    longest = Math.max(longest, Math.abs(time - last));
    last = time;
  });
  return Math.max(longest, times.end - last);
}
