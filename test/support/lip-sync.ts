import { brightness, packetTimes, samples } from './decode.js';

/** A flash is a frame far brighter than the colours of metronome.mp4. */
const brightFrom = 180;
const soundRate = 8000;
const loudFrom = 4000;
const quietSamples = soundRate / 4;

/** When each white frame of a file is shown, in seconds; edit lists are not heeded. */
export async function flashTimes(path: string): Promise<number[]> {
  const [frames, times] = [await brightness(path), await packetTimes(path)];
  if (frames.length !== times.length) throw new Error(`${frames.length} frames of ${times.length} packets`);
  return times.filter((_, at) => (frames[at] ?? 0) > brightFrom);
}

/** When each beep of a file begins, in seconds; edit lists are not heeded, as by players that do so. */
export async function beepTimes(path: string): Promise<number[]> {
  const [start = 0] = await packetTimes(path);
  const beeps: number[] = [];
  let quiet = 0;
  for (const [at, sample] of (await samples(path)).entries()) {
    const isLoud = Math.abs(sample) > loudFrom;
    if (isLoud && quiet > quietSamples) beeps.push(start + at / soundRate);
    quiet = isLoud ? 0 : quiet + 1;
  }
  return beeps;
}
