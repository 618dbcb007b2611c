import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import type { MediaTools } from '../../src/processing/ffmpeg/index.js';
import {
  makePreview,
  makeStoryboard,
  type PictureRequest,
  takeFrameAt,
} from '../../src/processing/video/pictures/index.js';
import { isFilm, VideoProcessor } from '../../src/processing/video/index.js';
import { type VideoFixture, videoFixture } from '../fixtures/video-fixtures.js';
import { openTestTools } from '../support/media-tools.js';
import { pixelAt, type Pixels, readPixels } from '../support/pixels.js';

const limits = { maxPixels: 1920 * 1080, maxDurationSeconds: 60, timeoutSeconds: 60 };
const settings = {
  ...limits,
  ladder: [{ shortSide: 144, bitrateKbps: 300 }],
  preset: 'ultrafast',
  crf: 23,
  firstChunkSeconds: 4,
  chunkSeconds: 20,
  scratchBytes: 2 ** 30,
  mp4: false,
};

let tools: MediaTools;
let root: string;
beforeAll(async () => {
  tools = await openTestTools();
  root = await mkdtemp(join(tmpdir(), 'video-pictures-'));
});
afterAll(() => rm(root, { recursive: true }));

async function request(name: VideoFixture): Promise<PictureRequest> {
  const outDir = await mkdtemp(join(root, 'out-'));
  const probe = await new VideoProcessor(tools, settings).probe({
    ...(await videoFixture(name)),
    workDir: outDir,
  });
  if (!isFilm(probe)) throw new Error(`${name} has no pictures`);
  return { probe, outDir, limits };
}

/** A video that was fine when it was probed. */
async function undecodable(): Promise<PictureRequest> {
  const { probe, ...rest } = await request('silent.mp4');
  const { path } = await videoFixture('noise.mp4');
  return { ...rest, probe: { ...probe, input: { ...probe.input, path } } };
}

/** The second that the middle of a part of a picture of `levels.mp4` shows. */
function secondIn(
  pixels: Pixels,
  step: number,
  [x, y, width, height]: number[] = [0, 0, pixels.width, pixels.height],
) {
  const [red = 0] = pixelAt(pixels, (x ?? 0) + (width ?? 0) / 2, (y ?? 0) + (height ?? 0) / 2);
  return Math.round((red * 219) / 255 / step);
}

describe('a picture at a time', () => {
  it.each([
    ['in the middle', 5.5, 5],
    ['just after a change', 7.05, 7],
    ['at the beginning', 0, 0],
    ['at the very end', 12, 11],
    ['beyond the end', 99, 11],
  ])('is the one that the video shows %s', async (_name, seconds, shown) => {
    const path = await takeFrameAt(tools, await request('levels.mp4'), seconds);
    const pixels = await readPixels(path);
    expect([pixels.width, pixels.height]).toEqual([160, 90]);
    expect(secondIn(pixels, 18)).toBe(shown);
  });

  it('stands upright', async () => {
    const { width, height } = await sharp(
      await takeFrameAt(tools, await request('rotated.mp4'), 1),
    ).metadata();
    expect([width, height]).toEqual([240, 320]);
  });

  it.each(['one-frame.mp4', 'hdr.mkv', 'interlaced.mpg', 'truncated.mp4'] as const)(
    'can be had of %s',
    async (name) => {
      const { probe, ...rest } = await request(name);
      const { width, height } = await sharp(await takeFrameAt(tools, { probe, ...rest }, 2)).metadata();
      expect([width, height]).toEqual([probe.video.width, probe.video.height]);
    },
  );

  it('is refused where nothing can be decoded', async () => {
    await expect(takeFrameAt(tools, await undecodable(), 1)).rejects.toMatchObject({
      code: 'VIDEO_CORRUPT',
    });
  });
});

describe('a storyboard', () => {
  interface Cue {
    start: string;
    sheet: string;
    part: number[];
  }

  async function cuesOf(directory: string): Promise<Cue[]> {
    const track = await readFile(join(directory, 'storyboard.vtt'), 'utf8');
    return [...track.matchAll(/^(\S+) --> \S+\n(\S+)#xywh=(\S+)$/gm)].map(
      ([, start = '', sheet = '', part = '']) => ({
        start,
        sheet,
        part: part.split(',').map(Number),
      }),
    );
  }

  it.each([
    [
      'shows each second of a short video, though it has one keyframe',
      'levels.mp4',
      18,
      (tile: number) => tile,
    ],
    [
      'shows the keyframe before each second of a longer one',
      'long-levels.mp4',
      5,
      (tile: number) => Math.floor(tile / 2) * 2,
    ],
  ] as const)('%s', async (_name, fixture, step, shown) => {
    const { directory, plan } = await makeStoryboard(tools, await request(fixture));
    const cues = await cuesOf(directory);
    expect(cues).toHaveLength(plan.tiles);
    const sheet = await readPixels(join(directory, 'sheet-1.jpg'));
    expect([sheet.width, sheet.height]).toEqual([plan.columns * plan.tileWidth, plan.rows * plan.tileHeight]);
    expect(cues.map(({ part }) => secondIn(sheet, step, part))).toEqual(cues.map((_, tile) => shown(tile)));
    expect(await readdir(directory)).toEqual(['sheet-1.jpg', 'storyboard.vtt']);
  });

  it('has as much as can be decoded of a damaged video', async () => {
    const { directory, plan } = await makeStoryboard(tools, await request('truncated.mp4'));
    expect(await cuesOf(directory)).toHaveLength(plan.tiles);
    expect(plan.sheets).toBe(1);
  });

  it('is refused where nothing can be decoded', async () => {
    await expect(makeStoryboard(tools, await undecodable())).rejects.toMatchObject({
      code: 'VIDEO_CORRUPT',
    });
  });
});

describe('a preview', () => {
  it('shows six moments in three seconds', async () => {
    const { path, width, height } = await makePreview(tools, await request('long-levels.mp4'));
    const { delay = [], loop, format, ...size } = await sharp(path, { animated: true }).metadata();
    expect({ format, loop, width: size.width, height: size.pageHeight }).toEqual({
      format: 'webp',
      loop: 0,
      width,
      height,
    });
    // Pictures that are the same are one that lasts longer.
    expect(delay).toEqual([500, 500, 500, 500, 500, 500]);
    const shown = await Promise.all(
      delay.map(async (_, page) =>
        secondIn(await readPixels(await sharp(path, { page }).png().toBuffer()), 5),
      ),
    );
    expect(shown).toEqual([3, 9, 16, 23, 29, 36]);
  });

  it('is the beginning of a short video', async () => {
    const { path } = await makePreview(tools, await request('silent.mp4'));
    expect((await sharp(path, { animated: true }).metadata()).pages).toBe(30);
  });

  it('is a single picture of a single frame', async () => {
    const { path } = await makePreview(tools, await request('one-frame.mp4'));
    expect((await sharp(path).metadata()).format).toBe('webp');
  });
});
