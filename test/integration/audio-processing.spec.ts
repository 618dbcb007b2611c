import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { AudioProcessor, type MadeSound, makeSound } from '../../src/processing/audio/index.js';
import type { MediaTools } from '../../src/processing/ffmpeg/index.js';
import { type VideoFixture, videoFixture } from '../fixtures/video-fixtures.js';
import { Api, bytesOf, type MediaJson, problemOf } from '../support/api.js';
import { probeStreams, probeTags } from '../support/decode.js';
import { openTestTools } from '../support/media-tools.js';
import { pixelAt, readPixels } from '../support/pixels.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface WaveformJson {
  version: number;
  sample_rate: number;
  samples_per_pixel: number;
  length: number;
  data: number[];
}

const limits = { maxPixels: 1_000_000, maxDurationSeconds: 60, timeoutSeconds: 60 };
const formats = [
  { format: 'mp3', bitrateKbps: 128 },
  { format: 'opus', bitrateKbps: 96 },
] as const;

let tools: MediaTools;
let root: string;
beforeAll(async () => {
  tools = await openTestTools();
  root = await mkdtemp(join(tmpdir(), 'audio-processing-'));
});
afterAll(() => rm(root, { recursive: true }));

async function make(
  source: { path: string; contentType: string },
  normalizeLufs: number | null = null,
): Promise<MadeSound> {
  const outDir = await mkdtemp(join(root, 'out-'));
  const audio = await new AudioProcessor(tools, limits).process({ ...source, outDir });
  return makeSound(tools, { audio, outDir, limits, settings: { renditions: [...formats], normalizeLufs } });
}

const made = async (name: VideoFixture, normalizeLufs?: number) =>
  make(await videoFixture(name), normalizeLufs);

describe('a sound', () => {
  it('has the loudness that it was made with', async () => {
    const { loudness, damaged } = await made('calibrated.wav');
    expect(loudness.integratedLufs).toBeCloseTo(-23, 0);
    expect(loudness.truePeakDbtp).toBeCloseTo(-23, 0);
    expect(loudness.rangeLu).toBeLessThan(1);
    expect(damaged).toBe(false);
  });

  it('is brought to a loudness in all that is made of it', async () => {
    const { files, loudness } = await made('calibrated.wav', -16);
    expect(loudness.integratedLufs).toBeCloseTo(-23, 0);
    for (const { path, contentType } of files) {
      expect(Math.abs(((await make({ path, contentType })).loudness.integratedLufs ?? 0) + 16)).toBeLessThan(
        0.7,
      );
    }
  });

  it('of which nothing is heard has no loudness, and is left as it is', async () => {
    const { loudness, files, waveform } = await made('silence.wav', -16);
    expect(loudness).toMatchObject({ integratedLufs: null });
    expect(files).toHaveLength(2);
    const { data } = JSON.parse(await readFile(waveform.path, 'utf8')) as WaveformJson;
    expect(new Set(data)).toEqual(new Set([0]));
  });

  it('carries nothing private on', async () => {
    const { files } = await made('covered.mp3');
    for (const { path } of files) {
      expect(await probeTags(path)).not.toMatch(/CANARY|54\.5/);
      expect((await probeStreams(path)).map(({ codec_type }) => codec_type)).toEqual(['audio']);
    }
  });

  it('of which the end is missing gives what there is', async () => {
    const whole = await readFile((await videoFixture('burst.flac')).path);
    const path = join(root, 'cut.flac');
    await writeFile(path, whole.subarray(0, Math.round(whole.length * 0.6)));
    const { files } = await make({ path, contentType: 'audio/flac' });
    expect(files.map(({ format }) => format)).toEqual(['mp3', 'opus']);
  });
});

describe('audio media', () => {
  let service: TestApp;
  let api: Api;
  let media: MediaJson & { duration: number; metadata: Record<string, unknown> };
  let path: string;
  beforeAll(async () => {
    service = await startTestApp();
    api = await Api.as(service);
    const bytes = await readFile((await videoFixture('burst.flac')).path);
    const uploaded = await api.upload(bytes, { name: 'burst.flac', type: 'audio/flac' });
    media = (await api.until(uploaded.id)) as typeof media;
    path = `/v1/media/${media.id}`;
  });
  afterAll(() => service?.close());

  it('tell loudness among their metadata', () => {
    expect(media).toMatchObject({ kind: 'audio', duration: 6 });
    const { loudness } = media.metadata as { loudness: { integratedLufs: number; truePeakDbtp: number } };
    // Half of full scale; the gate leaves the silence out.
    expect(loudness.truePeakDbtp).toBeCloseTo(-6, 0);
    expect(loudness.integratedLufs).toBeGreaterThan(-10.5);
    expect(loudness.integratedLufs).toBeLessThan(-8);
  });

  it('have a waveform that shows where there is sound', async () => {
    const answer = await api.get(`${path}/waveform`);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    const waveform = (await answer.json()) as WaveformJson;
    expect(waveform).toMatchObject({ version: 2, sample_rate: 48_000, samples_per_pixel: 256 });
    expect(waveform.data).toHaveLength(waveform.length * 2);
    expect(waveform.length).toBe(Math.ceil((6 * 48_000) / 256));
    const at = (seconds: number) => {
      const pair = 2 * Math.floor((seconds * 48_000) / 256);
      return waveform.data.slice(pair, pair + 2);
    };
    expect([at(1), at(5)]).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const [least = 0, greatest = 0] = at(3);
    expect(Math.abs(least + 63.5)).toBeLessThan(2);
    expect(Math.abs(greatest - 63.5)).toBeLessThan(2);
  });

  it('have a picture of it', async () => {
    const answer = await api.get(`${path}/waveform.png`);
    const picture = await bytesOf(answer);
    expect(await sharp(picture).metadata()).toMatchObject({ format: 'png', width: 1800, height: 280 });
    const pixels = await readPixels(picture);
    const painted = (x: number, y: number) => (pixelAt(pixels, x, y)[3] ?? 0) > 0;
    // A quarter from the middle: within the burst alone. Bars are 4 pixels wide.
    expect([300, 900, 1500].map((x) => painted(x + 1, 140 - 60))).toEqual([false, true, false]);
    expect([300, 900, 1500].map((x) => painted(x + 1, 140))).toEqual([true, true, true]);
    expect(painted(901, 140 - 80)).toBe(false);
  });

  it('stream as HLS, and come as MP3 and Opus', async () => {
    const master = await (await api.get(`${path}/hls/master.m3u8`)).text();
    expect(master).toMatch(
      /^#EXT-X-STREAM-INF:BANDWIDTH=\d+,AVERAGE-BANDWIDTH=\d+,CODECS="mp4a\.40\.2"\naudio\/index\.m3u8$/m,
    );
    const playlist = await (await api.get(`${path}/hls/audio/index.m3u8`)).text();
    const uris = [...playlist.matchAll(/URI="([^"]+)"|^(\w+\.m4s)$/gm)].map(
      ([, init, segment]) => init ?? segment,
    );
    const parts = await Promise.all(
      uris.map(async (uri) => bytesOf(await api.get(`${path}/hls/audio/${uri}`))),
    );
    const joined = join(root, 'joined.mp4');
    await writeFile(joined, Buffer.concat(parts));
    const [aac] = await probeStreams(joined);
    expect(aac).toMatchObject({ codec_name: 'aac', profile: 'LC', channels: 2, sample_rate: '48000' });

    const { items } = await api.json<{
      items: { kind: string; name: string; contentType: string; url: string }[];
    }>(`${path}/variants`);
    const files = items.filter(({ kind }) => kind === 'audio');
    expect(files.map(({ name, contentType }) => [name, contentType])).toEqual([
      ['mp3', 'audio/mpeg'],
      ['opus', 'audio/ogg'],
    ]);
    for (const { name, url } of files) {
      const file = join(root, `served.${name}`);
      await writeFile(file, await bytesOf(await api.get(url)));
      const [stream] = await probeStreams(file);
      expect(stream).toMatchObject({ codec_name: name, channels: 2, sample_rate: '48000' });
      expect(Math.abs(Number(stream?.['duration']) - 6)).toBeLessThan(0.2);
    }
  });

  it('can be opened by signed URLs, each for itself', async () => {
    const anyone = Api.anonymous(service);
    for (const target of ['waveform', 'waveform.png', 'hls/master.m3u8', 'variants/mp3']) {
      const { url } = await api.sign(media.id, target);
      expect((await anyone.get(url)).status).toBe(200);
    }
    expect(await problemOf(await anyone.get(`${path}/waveform`))).toBe('404 MEDIA_NOT_FOUND');
  });
});
