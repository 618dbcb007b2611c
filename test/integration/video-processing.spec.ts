import { mkdtemp, readdir, readFile, readlink, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { AudioProcessor } from '../../src/processing/audio/index.js';
import { type FfmpegRun, MediaTools } from '../../src/processing/ffmpeg/index.js';
import { type FilmProbe, isFilm, VideoProcessor } from '../../src/processing/video/index.js';
import { readRun } from '../../src/processing/video/read-run.js';
import { tagCanary, type VideoFixture, videoFixture } from '../fixtures/video-fixtures.js';
import {
  brightness,
  decodeFrame,
  joinRendition,
  probeStreams,
  probeTags,
  samples,
} from '../support/decode.js';
import { filmSettings, type FilmRequest, type MadeFilm, makeFilm } from '../support/film.js';
import { lintHls } from '../support/hls-lint.js';
import { beepTimes, flashTimes } from '../support/lip-sync.js';
import { openTestTools } from '../support/media-tools.js';
import { colourDistance, pixelAt, readPixels } from '../support/pixels.js';

const settings = filmSettings;

let tools: MediaTools;
let root: string;
beforeAll(async () => {
  tools = await openTestTools();
  root = await mkdtemp(join(tmpdir(), 'video-processing-'));
});
afterAll(() => rm(root, { recursive: true }));

async function probe(name: VideoFixture, changed: Partial<typeof settings> = {}): Promise<FilmProbe> {
  const processor = new VideoProcessor(tools, { ...settings, ...changed });
  const workDir = await mkdtemp(join(root, 'probe-'));
  const found = await processor.probe({ ...(await videoFixture(name)), workDir });
  if (!isFilm(found)) throw new Error(`${name} has no pictures`);
  return found;
}

async function process(
  name: VideoFixture,
  changed: Partial<typeof settings> = {},
  request: Partial<FilmRequest> = {},
): Promise<MadeFilm> {
  const outDir = await mkdtemp(join(root, 'out-'));
  const found = await probe(name, changed);
  return makeFilm(tools, { probe: found, outDir, settings: { ...settings, ...changed }, ...request });
}

const lint = ({ hlsDir }: MadeFilm) => lintHls(hlsDir);

describe('a usual film', () => {
  let film: MadeFilm;
  const frames: number[] = [];
  beforeAll(async () => {
    film = await process('film.mp4', {}, { onFrames: (done) => frames.push(done) });
  });

  it('becomes renditions that any player can switch between', async () => {
    expect(await lint(film)).toEqual([]);
    expect(film.plan.film).toMatchObject({ durationMs: 6000, video: { width: 1280, height: 720 } });
    expect(film.damaged).toBe(false);
    expect(film.stream).toMatchObject({ playable: true, ended: true, targetSeconds: 4 });
    const avc = expect.stringMatching(/^avc1\.[0-9a-f]{6}$/);
    expect(film.stream.video).toMatchObject([
      { name: '144p', rung: { width: 256, height: 144 }, codec: avc },
      { name: '240p', rung: { width: 426, height: 240 }, codec: avc },
    ]);
    expect(film.stream.audio).toMatchObject([{ name: 'audio', codec: 'mp4a.40.2' }]);
  });

  it('is H.264 and AAC as browsers play them', async () => {
    const [video] = await probeStreams(await joinRendition(film.hlsDir, '240p'));
    expect(video).toMatchObject({
      codec_name: 'h264',
      pix_fmt: 'yuv420p',
      width: 426,
      height: 240,
      r_frame_rate: '30/1',
      sample_aspect_ratio: '1:1',
      color_space: 'bt709',
      color_transfer: 'bt709',
      color_range: 'tv',
      has_b_frames: 0,
    });
    const [audio] = await probeStreams(await joinRendition(film.hlsDir, 'audio'));
    expect(audio).toMatchObject({ codec_name: 'aac', profile: 'LC', channels: 2, sample_rate: '48000' });
  });

  it('tells how many frames are done', () => {
    expect(frames).toEqual(frames.toSorted((a, b) => a - b));
    expect(frames.at(-1)).toBeGreaterThan(0);
    expect(frames.at(-1)).toBeLessThanOrEqual(180);
  });

  it('has a poster of its display size', async () => {
    const { format, width, height } = await sharp(film.posterPath).metadata();
    expect({ format, width, height }).toEqual({ format: 'jpeg', width: 1280, height: 720 });
  });

  it('becomes an MP4 file with its index in front, sound and picture', async () => {
    const tracks = [await joinRendition(film.hlsDir, '240p'), await joinRendition(film.hlsDir, 'audio')];
    const path = join(await mkdtemp(join(root, 'mp4-')), '240p.mp4');
    const mp4 = await new VideoProcessor(tools, settings).writeMp4({ tracks, path });
    const bytes = await readFile(mp4.path);
    expect(bytes.length).toBe(mp4.sizeBytes);
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
    const streams = await probeStreams(mp4.path);
    expect(streams.map(({ codec_name }) => codec_name)).toEqual(['h264', 'aac']);
    for (const { duration } of streams) expect(Math.abs(Number(duration) - 6)).toBeLessThan(0.2);
    expect(await probeTags(mp4.path)).not.toContain(tagCanary);
  });

  it('carries nothing private on', async () => {
    const files = await readdir(join(film.hlsDir, '..'), { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      expect(await readFile(join(file.parentPath, file.name), 'latin1')).not.toMatch(/CANARY|\+54\.5/);
    }
    expect(JSON.stringify(film.plan)).not.toContain(tagCanary);
    expect(film.metadata).toMatchObject({
      videoCodec: 'h264',
      frameRate: 30,
      audioCodec: 'aac',
      audioChannels: 2,
    });
  });
});

describe('the picture', () => {
  const at = {
    topLeft: [0.2, 0.1],
    bottomLeft: [0.2, 0.8],
    topRight: [0.8, 0.1],
    bottomRight: [0.8, 0.8],
  } as const;
  const green = [0, 255, 0, 255];
  const red = [255, 0, 0, 255];
  const blue = [0, 0, 255, 255];

  async function expectCorners(image: string | Buffer, expected: Record<keyof typeof at, number[]>) {
    const pixels = await readPixels(image);
    for (const [corner, [x, y]] of Object.entries(at)) {
      const pixel = pixelAt(pixels, Math.round(x * pixels.width), Math.round(y * pixels.height));
      const wanted = expected[corner as keyof typeof at];
      expect({ corner, wrong: colourDistance(pixel, wanted) > 40 }).toEqual({ corner, wrong: false });
    }
  }

  it.each([
    ['corners.mp4', { topLeft: green, topRight: green, bottomLeft: red, bottomRight: blue }],
    ['rotated.mp4', { topLeft: red, topRight: green, bottomLeft: blue, bottomRight: green }],
    ['mirrored.mp4', { topLeft: green, topRight: red, bottomLeft: green, bottomRight: blue }],
  ] as const)('of %s stands upright in poster and renditions, in its own colours', async (name, expected) => {
    const made = await process(name);
    const size = name === 'corners.mp4' ? [320, 240] : [240, 320];
    expect([made.plan.film.video.width, made.plan.film.video.height]).toEqual(size);
    const wanted = { ...expected } as Record<keyof typeof at, number[]>;
    await expectCorners(made.posterPath, wanted);
    const rendition = await joinRendition(made.hlsDir, '240p');
    await expectCorners(await decodeFrame(rendition), wanted);
    const [stream] = await probeStreams(rendition);
    expect([stream?.['width'], stream?.['height'], stream?.['side_data_list']]).toEqual([...size, undefined]);
  });

  it('with oblong pixels is stretched to its true shape', async () => {
    const made = await process('anamorphic.mp4');
    expect([made.plan.film.video.width, made.plan.film.video.height]).toEqual([640, 360]);
    expect(made.plan.rungs.map(({ width, height }) => width / height)).toEqual([256 / 144, 426 / 240]);
  });

  it('in HDR is brought down to BT.709', async () => {
    const made = await process('hdr.mkv');
    expect(made.metadata).toMatchObject({ hdr: true, colorTransfer: 'smpte2084' });
    const [stream] = await probeStreams(await joinRendition(made.hlsDir, '240p'));
    expect(stream).toMatchObject({ pix_fmt: 'yuv420p', color_transfer: 'bt709', color_primaries: 'bt709' });
  });

  it('that is interlaced becomes progressive', async () => {
    const made = await process('interlaced.mpg');
    expect(made.metadata.interlaced).toBe(true);
    const [stream] = await probeStreams(await joinRendition(made.hlsDir, '240p'));
    expect(stream?.['field_order'] ?? 'progressive').toBe('progressive');
    expect(await lint(made)).toEqual([]);
  });
});

describe('renditions', () => {
  it('of 29.97 frames/s are cut at the same frames', async () => {
    const made = await process('ntsc.mp4', { ladder: settings.ladder.slice(0, 1) });
    expect(await lint(made)).toEqual([]);
    const playlist = await readFile(join(made.hlsDir, '144p/index.m3u8'), 'utf8');
    expect(playlist.match(/#EXTINF:4\.004/g)).toHaveLength(4);
    expect(playlist).toContain('#EXT-X-TARGETDURATION:4\n');
  });

  it('of a variable frame rate have a constant one, and the same length', async () => {
    const made = await process('variable-rate.mp4');
    expect(await lint(made)).toEqual([]);
    const [stream] = await probeStreams(await joinRendition(made.hlsDir, '240p'));
    expect(stream).toMatchObject({ r_frame_rate: '30/1', avg_frame_rate: '30/1' });
    expect(Number(stream?.['duration'])).toBeCloseTo(3.9, 0);
  });

  it.each([
    ['odd.mp4', [160, 120]],
    ['one-frame.mp4', [256 * 0.75, 144]],
  ] as const)('of %s are whole', async (name, [width, height]) => {
    const made = await process(name);
    expect(await lint(made)).toEqual([]);
    expect(made.plan.rungs[0]).toMatchObject({ width, height });
  });

  it('are made without sound too', async () => {
    const made = await process('silent.mp4');
    expect(await lint(made)).toEqual([]);
    expect(made.stream.audio).toEqual([]);
    expect(await readFile(join(made.hlsDir, 'master.m3u8'), 'utf8')).not.toContain('AUDIO');
    expect(await readdir(made.hlsDir)).not.toContain('audio');
  });
});

describe('the sound', () => {
  const rate = 8000;

  it('comes with its picture from the first second to the last, also in players that ignore edit lists', async () => {
    const { hlsDir, plan } = await process('metronome.mp4');
    expect(plan.chunks.map(({ startFrame }) => startFrame / 30)).toEqual([0, 4, 12, 20]);
    const beeps = await beepTimes(await joinRendition(hlsDir, 'audio'));
    for (const { name } of plan.rungs) {
      const flashes = await flashTimes(await joinRendition(hlsDir, name));
      expect(flashes).toEqual(Array.from({ length: 24 }, (_, at) => expect.closeTo(at + 1, 4)));
      // ITU-R BT.1359: from 45 ms early to 125 ms late nobody notices.
      expect(beeps).toEqual(flashes.map(() => expect.any(Number)));
      for (const [at, beep] of beeps.entries())
        expect(Math.abs(beep - (flashes[at] ?? 0))).toBeLessThan(0.04);
    }
  });

  it('in several languages becomes renditions that all end with the pictures, the preferred one first', async () => {
    const { hlsDir, plan } = await process('two-languages.mkv');
    expect(await lintHls(hlsDir)).toEqual([]);
    expect(plan.film.durationMs).toBeGreaterThanOrEqual(6500);
    const frames = await brightness(await joinRendition(hlsDir, '144p'));
    expect(frames.length / 25).toBeCloseTo(plan.film.durationMs / 1000, 1);
    const media = (await readFile(join(hlsDir, 'master.m3u8'), 'utf8')).match(/#EXT-X-MEDIA:.+/g);
    expect(media).toEqual([
      expect.stringMatching(/NAME="Sound",LANGUAGE="de",DEFAULT=YES,.*URI="audio\/index.m3u8"/),
      expect.stringMatching(/NAME="Sound 2",LANGUAGE="en",DEFAULT=NO,.*URI="audio2\/index.m3u8"/),
    ]);
    const preferred = await samples(await joinRendition(hlsDir, 'audio'));
    const loudest = (from: number, to: number) =>
      Math.max(...preferred.subarray(from * rate, to * rate).map(Math.abs));
    expect(loudest(3, 3.9)).toBeGreaterThan(1000);
    expect(loudest(4.2, 6.4)).toBeLessThan(50);
  });

  it('that begins late begins late', async () => {
    const { hlsDir } = await process('late-sound.mp4');
    const beginning = (await samples(await joinRendition(hlsDir, 'audio'))).findIndex(
      (value) => Math.abs(value) > 500,
    );
    expect(beginning / rate).toBeCloseTo(1, 1);
  });
});

describe('damaged and hostile files', () => {
  it('that were cut are played as far as they go', async () => {
    const made = await process('truncated.mp4');
    expect(made).toMatchObject({ damaged: true, metadata: { truncated: true } });
    expect(made.plan.film.durationMs).toBeGreaterThan(1000);
    expect(made.plan.film.durationMs).toBeLessThan(3000);
    expect(await lint(made)).toEqual([]);
  });

  it.each(['noise.mp4', 'playlist.mp4', 'concat.mp4'] as const)('like %s are refused', async (name) => {
    await expect(process(name)).rejects.toMatchObject({ code: 'VIDEO_CORRUPT', status: 422 });
  });

  it.each([
    ['VIDEO_TOO_LARGE', { maxPixels: 1280 * 719 }],
    ['VIDEO_TOO_LONG', { maxDurationSeconds: 5 }],
    ['VIDEO_TIMEOUT', { timeoutSeconds: 0.1 }],
  ])('end in %s beyond the limit', async (code, changed) => {
    await expect(process('film.mp4', changed)).rejects.toMatchObject({ code, status: 422 });
  });

  it('of another type are not even opened', async () => {
    const processor = new VideoProcessor(tools, settings);
    const request = { path: '/nonexistent', contentType: 'application/vnd.apple.mpegurl', workDir: root };
    await expect(processor.probe(request)).rejects.toMatchObject({ code: 'VIDEO_UNSUPPORTED', status: 422 });
  });
});

describe('a full disk', () => {
  // ffmpeg's HLS muxer exits with 0 then and leaves such files.
  it.each([
    ['a segment is empty', '00001.m4s', 0],
    ['a segment is cut', '00001.m4s', 0.5],
    ['a segment is missing', '00001.m4s', null],
    ['the init segment is cut', 'init.mp4', 0.9],
  ])('is not blamed on the video: %s', async (_, name, share) => {
    const directory = await encodeOdd();
    const path = join(directory, name);
    if (share === null) await rm(path);
    else await truncate(path, Math.floor((await readFile(path)).length * share));
    const place = { directory, firstSegment: 0, startSeconds: { num: 0, den: 1 } };
    await expect(readRun(place, 1)).rejects.toMatchObject({ code: 'SCRATCH_FULL', status: 507 });
  });

  it('nor where ffmpeg says nothing and names no segment', async () => {
    const found = await probe('film.mp4');
    const silent = Object.create(tools, {
      ffmpeg: {
        value: (_command: unknown, { onFrames, onTime }: FfmpegRun) => {
          onFrames?.(120);
          onTime?.(4000);
          return Promise.resolve('');
        },
      },
    }) as MediaTools;
    const processor = new VideoProcessor(silent, settings);
    const plan = processor.plan(found);
    const source = { plan, path: found.input.path };
    const [chunk] = plan.chunks;
    const [track] = plan.audio;
    if (!chunk || !track) throw new Error('nothing was planned');
    const outDir = await mkdtemp(join(root, 'silent-'));
    const full = { code: 'SCRATCH_FULL', status: 507 };
    await expect(processor.encodeChunk(source, { chunk, outDir })).rejects.toMatchObject(full);
    const sound = { track, outDir, onRun: () => Promise.resolve() };
    await expect(processor.encodeAudio(source, sound)).rejects.toMatchObject(full);
  });

  async function encodeOdd(): Promise<string> {
    const found = await probe('odd.mp4');
    const processor = new VideoProcessor(tools, settings);
    const plan = processor.plan(found);
    const [chunk] = plan.chunks;
    if (!chunk) throw new Error('nothing was planned');
    const outDir = await mkdtemp(join(root, 'odd-'));
    await processor.encodeChunk({ plan, path: found.input.path }, { chunk, outDir });
    return join(outDir, '120p');
  }
});

describe('an abort', () => {
  it('ends the encoder before it rejects', async () => {
    const controller = new AbortController();
    const outDir = await mkdtemp(join(root, 'aborted-'));
    const running = process(
      'film.mp4',
      { preset: 'veryslow' },
      { outDir, signal: controller.signal, onFrames: () => controller.abort('media deleted') },
    );
    await expect(running).rejects.toBe('media deleted');
    expect(await processesIn(outDir)).toEqual([]);
  });
});

/** Ids of the processes that work in a directory; none where there is no /proc. */
async function processesIn(directory: string): Promise<string[]> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const workingIn = await Promise.all(ids.map((id) => readlink(`/proc/${id}/cwd`).catch(() => '')));
  return ids.filter((_, at) => workingIn[at]?.startsWith(directory));
}

describe('AudioProcessor', () => {
  async function processAudio(name: VideoFixture, changed: Partial<typeof settings> = {}) {
    const outDir = await mkdtemp(join(root, 'audio-'));
    return new AudioProcessor(tools, { ...settings, ...changed }).process({
      ...(await videoFixture(name)),
      outDir,
    });
  }

  it('tells length and encoding, and no tag', async () => {
    const { durationMs, metadata, coverPath } = await processAudio('sound.m4a');
    expect(durationMs).toBe(3000);
    expect(metadata).toEqual({
      container: 'mov',
      audioCodec: 'aac',
      audioProfile: 'LC',
      bitRate: expect.any(Number),
      audioChannels: 1,
      audioSampleRate: 48_000,
    });
    expect(coverPath).toBeNull();
  });

  it('takes cover art out as it is', async () => {
    const { coverPath, metadata } = await processAudio('covered.mp3');
    expect(metadata.audioCodec).toBe('mp3');
    expect(await sharp(coverPath ?? '').metadata()).toMatchObject({
      format: 'jpeg',
      width: 300,
      height: 300,
    });
  });

  it('takes sound from a video container, where the video part finds no pictures', async () => {
    const { path } = await videoFixture('sound.m4a');
    const processor = new VideoProcessor(tools, settings);
    const found = await processor.probe({ path, contentType: 'video/mp4', workDir: root });
    expect(isFilm(found)).toBe(false);
  });

  it.each([
    ['AUDIO_TOO_LONG', 'sound.m4a', { maxDurationSeconds: 2 }],
    ['AUDIO_CORRUPT', 'silent.mp4', {}],
    ['AUDIO_CORRUPT', 'playlist.mp4', {}],
  ] as const)('refuses with %s', async (code, name, changed) => {
    await expect(processAudio(name, changed)).rejects.toMatchObject({ code, status: 422 });
  });

  it('refuses noise that some demuxer finds packets in', async () => {
    const outDir = await mkdtemp(join(root, 'noise-'));
    const path = join(outDir, 'noise.mp3');
    const noise = Array.from({ length: 100_000 }, (_, at) => (at * 2_654_435_761) >>> 24);
    await writeFile(path, Buffer.from(noise));
    const processor = new AudioProcessor(tools, settings);
    await expect(processor.process({ path, contentType: 'audio/mpeg', outDir })).rejects.toMatchObject({
      code: 'AUDIO_CORRUPT',
    });
  });
});
