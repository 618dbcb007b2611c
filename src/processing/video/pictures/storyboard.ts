import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MediaTools, toMediaError } from '../../ffmpeg/index.js';
import { videoErrors, videoFailures } from '../video.errors.js';
import { wholeJpegSize } from '../whole-file.js';
import { longestKeyframeGap } from './keyframes.js';
import { atSize, type PictureRequest, runPictures } from './picture-run.js';
import { planStoryboard, sheetName, type StoryboardPlan, storyboardTrack } from './storyboard-plan.js';

/** Name of the WebVTT track within a storyboard's directory. */
const storyboardTrackName = 'storyboard.vtt';

/** Content type of a file of a storyboard's directory; null for names that are not written there. */
export function storyboardContentType(name: string): string | null {
  if (name === storyboardTrackName) return 'text/vtt';
  return /^sheet-[1-9]\d{0,3}\.jpg$/.test(name) ? 'image/jpeg' : null;
}

export interface Storyboard {
  /** Holds the track and the sheets, and nothing else. */
  directory: string;
  plan: StoryboardPlan;
}

/** So short a video is decoded whole: its tiles are exact, and it costs little. */
const exactSeconds = 30;
/** Keyframes so near to each other are good enough for any storyboard. */
const denseSeconds = 5;
const quality = 4;

/**
 * Makes the sheets of small pictures that players show over the seek bar, and the track that tells which is where:
 * each tile is the picture at the middle of its time, or the keyframe before it.
 * @throws VIDEO_CORRUPT when no picture can be decoded, VIDEO_TIMEOUT, TRANSCODER_FAILED, SCRATCH_FULL
 */
export async function makeStoryboard(tools: MediaTools, request: PictureRequest): Promise<Storyboard> {
  const { probe, outDir } = request;
  const durationMs = Math.round((probe.video.times.end - probe.startSeconds) * 1000);
  const plan = planStoryboard(durationMs, probe.video);
  const { intervalSeconds, tileWidth, tileHeight, columns, rows, sheets } = plan;
  const directory = join(outDir, 'storyboard');
  await mkdir(directory);
  const tiles = { ...request, probe: atSize(probe, tileWidth, tileHeight), outDir: directory };
  try {
    const dense = Math.max(2 * intervalSeconds, denseSeconds);
    const keyframesOnly =
      durationMs > exactSeconds * 1000 && (await longestKeyframeGap(tools, tiles)) <= dense;
    await runPictures(tools, tiles, {
      before: [`fps=fps=1/${intervalSeconds}:start_time=0:round=near:eof_action=pass`],
      // The last keyframe lasts until the end.
      after: [`tpad=stop_mode=clone:stop=${columns * rows}`, `tile=layout=${columns}x${rows}`],
      keyframesOnly,
      frames: sheets,
      quality,
      pattern: sheetName(0).replace('0', '%d'),
    });
  } catch (error) {
    throw toMediaError(error, videoFailures);
  }
  const made = await madeOf(directory, plan);
  await writeFile(join(directory, storyboardTrackName), storyboardTrack(made, durationMs));
  return { directory, plan: made };
}

/** Of a damaged video there are fewer sheets than its packets promise. */
async function madeOf(directory: string, plan: StoryboardPlan): Promise<StoryboardPlan> {
  const { columns, rows, tiles } = plan;
  let sheets = 0;
  while (sheets < plan.sheets && (await wholeJpegSize(join(directory, sheetName(sheets + 1)))) > 0)
    sheets += 1;
  if (sheets === 0) throw videoErrors.VIDEO_CORRUPT('No picture can be decoded');
  return { ...plan, sheets, tiles: Math.min(tiles, sheets * columns * rows) };
}
