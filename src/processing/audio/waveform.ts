/**
 * Peaks of a sound in the JSON format of audiowaveform, version 2: pairs of the least and the greatest sample of
 * each stretch, all channels together.
 */
export interface Waveform {
  version: 2;
  channels: 1;
  sample_rate: number;
  samples_per_pixel: number;
  bits: 8;
  /** Number of pairs. */
  length: number;
  data: number[];
}

/** Of the sound as it is measured, whatever its own rate. */
export const waveformRate = 48_000;
const finestSamples = 256;
const maxPoints = 4000;

/** How many samples one pair stands for: the finest that keeps the number of pairs bounded. */
export function samplesPerPoint(durationMs: number): number {
  return Math.max(finestSamples, Math.ceil((durationMs * (waveformRate / 1000)) / maxPoints));
}

/**
 * Puts a waveform together of levels from -1 to 1. What goes on for far longer than its packets promised is cut.
 */
export function toWaveform(
  levels: { lowest: readonly number[]; highest: readonly number[] },
  samples: number,
): Waveform {
  const length = Math.min(levels.lowest.length, levels.highest.length, 2 * maxPoints);
  const data = Array.from({ length }, (_, at) => [
    toByte(levels.lowest[at] ?? 0),
    toByte(levels.highest[at] ?? 0),
  ]).flat();
  return {
    version: 2,
    channels: 1,
    sample_rate: waveformRate,
    samples_per_pixel: samples,
    bits: 8,
    length,
    data,
  };
}

/** Also for levels that are no numbers: broken samples of floating point. */
function toByte(level: number): number {
  const value = Number.isFinite(level) ? Math.round(level * 127) : 0;
  // + 0: there is a negative zero.
  return Math.min(127, Math.max(-128, value)) + 0;
}

/** The greatest swing of each of so many columns, 0 to 1. */
export function columnsOf({ data, length }: Waveform, columns: number): number[] {
  return Array.from({ length: columns }, (_, column) => {
    const start = Math.floor((column * length) / columns);
    const end = Math.max(start + 1, Math.floor(((column + 1) * length) / columns));
    const swings = data.slice(2 * start, 2 * end).map(Math.abs);
    return Math.min(1, Math.max(0, ...swings) / 127);
  });
}
