import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import ffmpeg from 'fluent-ffmpeg';
import {
  ffmpegErrors,
  inputOptions,
  inputUrl,
  type MediaTools,
  optionList,
  ProcessFailure,
  toMediaError,
} from '../ffmpeg/index.js';
import { stillGraph } from './filter-graph.js';
import type { FilmProbe, VideoLimits } from './probe.js';
import { videoErrors, videoFailures } from './video.errors.js';
import { wholeJpegSize } from './whole-file.js';

export interface PosterRequest {
  probe: FilmProbe;
  /** Exists; the poster is written into it as `poster.jpg`. */
  outDir: string;
  limits: VideoLimits;
  signal?: AbortSignal | undefined;
}

const fileName = 'poster.jpg';
const posterTimeoutMs = 120_000;
const maxPosterBytes = 256 * 1024 ** 2;
const leastRoomBytes = 16 * 1024 ** 2;

/**
 * Takes a still from a tenth into the video, at most 3 s (openings are often black), else the first picture.
 * Upright, square pixels, SDR, of the video's display size; the thumbnails are made from it.
 * @throws VIDEO_CORRUPT when no picture can be decoded, VIDEO_TIMEOUT, TRANSCODER_FAILED, SCRATCH_FULL
 */
export async function takePoster(tools: MediaTools, request: PosterRequest): Promise<string> {
  const path = join(request.outDir, fileName);
  const seconds = Math.min(request.probe.durationMs / 10_000, 3);
  try {
    if (await takeStill(tools, request, seconds)) return path;
    // Nothing can be decoded there: one picture only, an index that lies, or damage.
    if (await takeStill(tools, request, 0)) return path;
  } catch (error) {
    throw toMediaError(error, videoFailures);
  }
  if (await hasNoRoom(request.outDir)) throw ffmpegErrors.SCRATCH_FULL();
  throw videoErrors.VIDEO_CORRUPT('No picture can be decoded');
}

/** An empty file is left by a full disk as well as by a video without a picture. */
async function hasNoRoom(directory: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize < leastRoomBytes;
}

async function takeStill(tools: MediaTools, request: PosterRequest, seconds: number): Promise<boolean> {
  const { probe, outDir, limits, signal } = request;
  const command = ffmpeg()
    .input(inputUrl(probe.input))
    .inputOptions(...inputOptions(probe.input, limits), '-noautorotate', ...seekTo(seconds))
    .complexFilter(stillGraph(probe))
    .output(fileName)
    .outputOptions(
      ...optionList({ map: '[still]', 'frames:v': 1, map_metadata: -1 }),
      ...optionList({ 'c:v': 'mjpeg', 'q:v': 2, f: 'mjpeg' }),
    );
  try {
    await tools.ffmpeg(command, {
      cwd: outDir,
      timeoutMs: posterTimeoutMs,
      signal,
      maxFileBytes: maxPosterBytes,
    });
  } catch (error) {
    if (error instanceof ProcessFailure && error.reason === 'exit' && seconds > 0) return false;
    throw error;
  }
  const path = join(outDir, fileName);
  const { size } = await stat(path);
  if (size > 0 && (await wholeJpegSize(path)) === 0) throw ffmpegErrors.SCRATCH_FULL();
  return size > 0;
}

/**
 * Before the input: seeks instead of decoding all that lies before. Without an index even a seek to the
 * beginning may miss, so there is none then.
 */
function seekTo(seconds: number): string[] {
  return seconds > 0 ? ['-ss', seconds.toFixed(3)] : [];
}
