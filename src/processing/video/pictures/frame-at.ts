import { join } from 'node:path';
import { type MediaTools, ProcessFailure, toMediaError } from '../../ffmpeg/index.js';
import { videoErrors, videoFailures } from '../video.errors.js';
import { wholeJpegSize } from '../whole-file.js';
import { type PictureRequest, type PictureRun, runPictures } from './picture-run.js';

const fileName = 'frame.jpg';
/** The last picture of a video lies within this of its end, unless the end is damaged. */
const endSeconds = 3;

/**
 * Takes the picture that a video shows at a time, in its display size: for a time beyond the last picture, that one.
 * @returns the path of a JPEG
 * @throws VIDEO_CORRUPT when no picture can be decoded, VIDEO_TIMEOUT, TRANSCODER_FAILED, SCRATCH_FULL
 */
export async function takeFrameAt(
  tools: MediaTools,
  request: PictureRequest,
  seconds: number,
): Promise<string> {
  const at = Math.min(seconds, request.probe.durationMs / 1000);
  const runs: Partial<PictureRun>[] = [
    { fromSeconds: at, frames: 1 },
    { fromSeconds: Math.max(0, at - endSeconds), forSeconds: endSeconds + 1 },
    { frames: 1 },
  ];
  const path = join(request.outDir, fileName);
  for (const run of runs) {
    if (await attempt(tools, request, run)) return path;
  }
  throw videoErrors.VIDEO_CORRUPT('No picture can be decoded');
}

async function attempt(
  tools: MediaTools,
  request: PictureRequest,
  run: Partial<PictureRun>,
): Promise<boolean> {
  try {
    await runPictures(tools, request, { ...run, quality: 2, pattern: fileName });
  } catch (error) {
    // Nothing can be decoded there.
    if (!(error instanceof ProcessFailure) || error.reason !== 'exit')
      throw toMediaError(error, videoFailures);
  }
  return (await wholeJpegSize(join(request.outDir, fileName))) > 0;
}
