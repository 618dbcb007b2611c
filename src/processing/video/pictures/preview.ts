import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sharp } from '../../image/sharp-runtime.js';
import { type MediaTools, toMediaError } from '../../ffmpeg/index.js';
import { videoErrors, videoFailures } from '../video.errors.js';
import { atSize, type PictureRequest, runPictures } from './picture-run.js';

/** An animated WebP of some moments of a video. */
export interface Preview {
  path: string;
  width: number;
  height: number;
  sizeBytes: number;
}

/** Longest side in pixels. */
const side = 320;
const framesPerSecond = 10;
const moments = 6;
const momentSeconds = 0.5;

/** Where moments begin, in seconds: spread evenly; of a video that is hardly longer than all of them, its beginning. */
function momentsOf(durationMs: number): { at: number; frames: number }[] {
  const seconds = durationMs / 1000;
  const whole = moments * momentSeconds;
  if (seconds <= whole * 1.5) return [{ at: 0, frames: whole * framesPerSecond }];
  return Array.from({ length: moments }, (_, index) => ({
    at: ((index + 0.5) / moments) * seconds - momentSeconds / 2,
    frames: momentSeconds * framesPerSecond,
  }));
}

/**
 * Makes the animation that lists show while a pointer is over a video: half a second of each of six moments.
 * @throws VIDEO_CORRUPT when no picture can be decoded, VIDEO_TIMEOUT, TRANSCODER_FAILED, SCRATCH_FULL
 */
export async function makePreview(tools: MediaTools, request: PictureRequest): Promise<Preview> {
  const { probe, outDir, signal } = request;
  const scale = Math.min(1, side / Math.max(probe.video.width, probe.video.height));
  const even = (length: number) => Math.max(2, Math.round((length * scale) / 2) * 2);
  const [width, height] = [even(probe.video.width), even(probe.video.height)];
  const directory = join(outDir, 'moments');
  await mkdir(directory);
  const small = { ...request, probe: atSize(probe, width, height), outDir: directory };
  try {
    for (const [index, { at, frames }] of momentsOf(probe.durationMs).entries()) {
      await runPictures(tools, small, {
        fromSeconds: at,
        forSeconds: frames / framesPerSecond + 1,
        before: [`fps=fps=${framesPerSecond}:eof_action=pass`],
        frames,
        quality: 3,
        pattern: `${index}-%02d.jpg`,
      });
    }
  } catch (error) {
    throw toMediaError(error, videoFailures);
  }
  const files = (await readdir(directory)).toSorted().map((file) => join(directory, file));
  if (files.length === 0) throw videoErrors.VIDEO_CORRUPT('No picture can be decoded');
  signal?.throwIfAborted();
  const path = join(outDir, 'preview.webp');
  const animation = files.length > 1 ? sharp(files, { join: { animated: true } }) : sharp(files[0]);
  const { size } = await animation
    .webp({ quality: 60, effort: 4, loop: 0, delay: files.map(() => 1000 / framesPerSecond) })
    .toFile(path);
  return { path, width, height, sizeBytes: size };
}
