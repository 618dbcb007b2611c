import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import ffmpeg from 'fluent-ffmpeg';
import {
  type DecodeLimits,
  inputOptions,
  inputUrl,
  type MediaInput,
  type MediaTools,
  optionList,
  ProcessFailure,
  type StreamDocument,
  type ToolRun,
} from '../ffmpeg/index.js';
import { audioErrors } from './audio.errors.js';

export interface StreamRun extends ToolRun {
  limits: DecodeLimits;
  stream: StreamDocument;
}

const sampleSeconds = 5;
const maxCoverBytes = 32 * 1024 ** 2;

/**
 * Decodes the first seconds: a demuxer finds "packets" in any noise.
 * @throws AUDIO_CORRUPT when no sample comes out
 * @throws ProcessFailure
 */
export async function assertDecodable(
  tools: MediaTools,
  input: MediaInput,
  { stream, limits, ...run }: StreamRun,
): Promise<void> {
  let decodedMs = 0;
  const command = ffmpeg()
    .input(inputUrl(input))
    .inputOptions(...inputOptions(input, limits))
    .output('-')
    .outputOptions(...optionList({ map: `0:${stream.index}`, t: sampleSeconds, f: 'null' }));
  await tools.ffmpeg(command, { ...run, onTime: (doneMs) => (decodedMs = Math.max(decodedMs, doneMs)) });
  if (decodedMs === 0) throw audioErrors.AUDIO_CORRUPT('The sound can not be decoded');
}

/**
 * Copies cover art out of the file as it is; nothing is decoded.
 * @returns null when it can't be had: sound without its cover is better than none
 */
export async function extractCover(
  tools: MediaTools,
  input: MediaInput,
  { stream, limits, ...run }: StreamRun,
): Promise<string | null> {
  const path = join(run.cwd, 'cover');
  const command = ffmpeg()
    .input(inputUrl(input))
    .inputOptions(...inputOptions(input, limits))
    .output('cover')
    .outputOptions(
      ...optionList({ map: `0:${stream.index}`, 'c:v': 'copy', 'frames:v': 1, f: 'image2pipe' }),
    );
  try {
    await tools.ffmpeg(command, { ...run, maxFileBytes: maxCoverBytes });
    const { size } = await stat(path);
    if (size > 0) return path;
  } catch (error) {
    if (!(error instanceof ProcessFailure) || error.reason !== 'exit') throw error;
  }
  await rm(path, { force: true });
  return null;
}
