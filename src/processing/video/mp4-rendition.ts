import { dirname, resolve } from 'node:path';
import ffmpeg from 'fluent-ffmpeg';
import {
  ffmpegErrors,
  inputOptions,
  inputUrl,
  type MediaInput,
  type MediaTools,
  optionList,
  saysDiskFull,
  toMediaError,
} from '../ffmpeg/index.js';
import type { VideoLimits } from './probe.js';
import { videoFailures } from './video.errors.js';
import { wholeFragmentSize } from './whole-file.js';

export interface Mp4Request {
  /** Fragmented files of one track each, the pictures first: an init segment and its segments, one behind the other. */
  tracks: readonly string[];
  /** The file to write, in a private directory. */
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
  const { tracks, path, limits, signal } = request;
  const command = ffmpeg();
  for (const file of tracks) {
    const input: MediaInput = { path: resolve(file), demuxer: 'mov' };
    command.input(inputUrl(input)).inputOptions(...inputOptions(input, limits));
  }
  command
    .output(`file:${resolve(path)}`)
    .outputOptions(
      ...tracks.flatMap((_, at) => ['-map', `${at}:0`]),
      ...optionList({ c: 'copy', map_metadata: -1, movflags: '+faststart', f: 'mp4' }),
    );
  try {
    const complaints = await tools.ffmpeg(command, {
      cwd: dirname(path),
      timeoutMs: limits.timeoutSeconds * 1000,
      signal,
    });
    if (saysDiskFull(complaints)) throw ffmpegErrors.SCRATCH_FULL();
  } catch (error) {
    throw toMediaError(error, videoFailures);
  }
  const sizeBytes = await wholeFragmentSize(path);
  if (sizeBytes === 0) throw ffmpegErrors.SCRATCH_FULL();
  return { path, sizeBytes };
}
