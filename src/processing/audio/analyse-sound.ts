import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import ffmpeg from 'fluent-ffmpeg';
import {
  type FfmpegRun,
  inputOptions,
  inputUrl,
  type MediaInput,
  type MediaTools,
  optionList,
} from '../ffmpeg/index.js';
import { audioErrors } from './audio.errors.js';
import type { StreamRun } from './decode-audio.js';
import { type LoudnessMeasure, parseLoudness } from './loudness.js';
import { samplesPerPoint, toWaveform, type Waveform, waveformRate } from './waveform.js';

export interface SoundAnalysis {
  loudness: LoudnessMeasure;
  waveform: Waveform;
}

const files = { Min_level: 'lowest.txt', Max_level: 'highest.txt' } as const;
/** Two lines of some 80 bytes a point, of which there are a few thousand. */
const maxListBytes = 16 * 1024 ** 2;

/**
 * Measures loudness and peaks by one decode of all sound. Peaks are found by ffmpeg: what comes here is a few
 * thousand lines, whatever the length.
 * @throws AUDIO_CORRUPT when nothing can be decoded
 * @throws ProcessFailure, the signal's reason
 */
export async function analyseSound(
  tools: MediaTools,
  input: MediaInput,
  { stream, limits, durationMs, ...run }: StreamRun & { durationMs: number } & Pick<FfmpegRun, 'onTime'>,
): Promise<SoundAnalysis> {
  const samples = samplesPerPoint(durationMs);
  const filters = [
    `aresample=${waveformRate}`,
    'ebur128=peak=true:framelog=verbose',
    // Floating point: levels are from -1 to 1 whatever the source has.
    'aformat=sample_fmts=flt:channel_layouts=mono',
    `asetnsamples=n=${samples}:p=0`,
    'astats=metadata=1:reset=1',
    ...Object.entries(files).map(
      ([level, file]) => `ametadata=mode=print:key=lavfi.astats.Overall.${level}:file=${file}`,
    ),
  ];
  const command = ffmpeg()
    .input(inputUrl(input))
    .inputOptions(...inputOptions(input, limits))
    .complexFilter(`[0:${stream.index}]${filters.join(',')}[measured]`)
    .output('-')
    // The summary of the loudness is no error, and is told on this level.
    .outputOptions(...optionList({ map: '[measured]', f: 'null', v: 'info' }));
  const told = await tools.ffmpeg(command, { ...run, maxFileBytes: maxListBytes });
  const loudness = parseLoudness(told);
  if (!loudness) throw audioErrors.AUDIO_CORRUPT('The sound can not be decoded');
  const lowest = await levelsIn(join(run.cwd, files.Min_level));
  const highest = await levelsIn(join(run.cwd, files.Max_level));
  return { loudness, waveform: toWaveform({ lowest, highest }, samples) };
}

/** Lines `lavfi.astats.Overall.Max_level=0.126869`, between others. */
async function levelsIn(path: string): Promise<number[]> {
  const levels: number[] = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (line.startsWith('lavfi.')) levels.push(Number(line.slice(line.indexOf('=') + 1)));
  }
  return levels;
}
