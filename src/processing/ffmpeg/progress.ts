const clock = /^out_time=(\d+):(\d{2}):(\d{2}(?:\.\d+)?)/;
const frameCount = /^frame=(\d+)/;

export interface ProgressListeners {
  /** How much of the output's time line is done; called at most twice a second, and at the end. */
  onTime?: ((doneMs: number) => void) | undefined;
  /** How many pictures went to the first output that has some; likewise. */
  onFrames?: ((frames: number) => void) | undefined;
}

/**
 * Reads the blocks of `ffmpeg -progress`. A block counts as a sign of life only when it says something
 * new: ffmpeg goes on printing while it is stuck.
 */
export function progressReader({ onTime, onFrames }: ProgressListeners = {}): (
  line: string,
  alive: () => void,
) => void {
  let last = '';
  let block = '';
  return (line, alive) => {
    if (/^(?:frame|total_size|out_time|dup_frames|drop_frames)=/.test(line)) block += line;
    const match = clock.exec(line);
    if (match) {
      const [, hours, minutes, seconds] = match.map(Number);
      onTime?.(Math.round(((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000));
    }
    const [, frames] = frameCount.exec(line) ?? [];
    if (frames !== undefined) onFrames?.(Number(frames));
    if (!line.startsWith('progress=')) return;
    if (block !== last) alive();
    last = block;
    block = '';
  };
}
