import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import ffmpeg from 'fluent-ffmpeg';
import {
  inputOptions,
  inputUrl,
  type MediaInput,
  type MediaTools,
  optionList,
  saysDiskFull,
  ffmpegErrors,
  toMediaError,
} from '../ffmpeg/index.js';
import type { VideoLimits } from './probe.js';
import type { EncodedRendition } from './verify-rendition.js';
import { videoFailures } from './video.errors.js';
import { wholeFragmentSize } from './whole-file.js';

export interface Mp4Request {
  video: EncodedRendition;
  audio: EncodedRendition | null;
  /** Where the renditions' directories are. */
  hlsDir: string;
  /** The file to write, in a directory of its own. */
  path: string;
  limits: VideoLimits;
  signal?: AbortSignal | undefined;
}

export interface Mp4File {
  path: string;
  sizeBytes: number;
}

/**
 * Makes a single MP4 with its index in front (faststart) of a rendition's segments; nothing is encoded anew.
 * @throws TRANSCODER_FAILED, SCRATCH_FULL, VIDEO_TIMEOUT, the signal's reason
 */
export async function writeMp4(tools: MediaTools, request: Mp4Request): Promise<Mp4File> {
  const { video, audio, hlsDir, path, limits, signal } = request;
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  const renditions = audio ? [video, audio] : [video];
  const joined = renditions.map(({ name }) => resolve(directory, `${name}.joined.mp4`));
  try {
    for (const [at, rendition] of renditions.entries()) {
      await joinSegments(join(hlsDir, rendition.name), rendition, joined[at] ?? '', signal);
    }
    const command = ffmpeg();
    for (const file of joined) {
      const input: MediaInput = { path: file, demuxer: 'mov' };
      command.input(inputUrl(input)).inputOptions(...inputOptions(input, limits));
    }
    command
      .output(`file:${resolve(path)}`)
      .outputOptions(
        ...joined.flatMap((_, at) => ['-map', `${at}:0`]),
        ...optionList({ c: 'copy', map_metadata: -1, movflags: '+faststart', f: 'mp4' }),
      );
    const complaints = await tools.ffmpeg(command, {
      cwd: directory,
      timeoutMs: limits.timeoutSeconds * 1000,
      signal,
    });
    if (saysDiskFull(complaints)) throw ffmpegErrors.SCRATCH_FULL();
  } catch (error) {
    throw toMediaError(error, videoFailures);
  } finally {
    for (const file of joined) await rm(file, { force: true });
  }
  const sizeBytes = await wholeFragmentSize(path);
  if (sizeBytes === 0) throw ffmpegErrors.SCRATCH_FULL();
  return { path, sizeBytes };
}

/** An fMP4's init segment and fragments, one behind the other, are a whole file. */
async function joinSegments(
  directory: string,
  { initFile, segmentFiles }: EncodedRendition,
  target: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  async function* bytes(): AsyncGenerator<Buffer> {
    for (const file of [initFile, ...segmentFiles]) yield* createReadStream(join(directory, file));
  }
  await pipeline(bytes, createWriteStream(target), { signal });
}
