import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lint } from '../../scripts/lint-hls/lint.ts';
import { loadPresentation } from '../../scripts/lint-hls/load-presentation.ts';
import { dashManifest } from '../../src/processing/video/dash-manifest.js';
import { framePlaylist, frameStreamLine } from '../../src/processing/video/frame-playlist.js';
import type { MediaStream } from '../../src/processing/video/media-stream.js';
import { type HlsSample, makeHlsSample } from '../fixtures/hls-sample.js';
import { readSample, sampleUrl } from '../support/hls-sample-reader.js';
import { testToolPaths } from '../support/media-tools.js';
import { streamOfSample } from '../support/stream-of-sample.js';

const run = promisify(execFile);

let sample: HlsSample;
let stream: MediaStream;
let root: string;
beforeAll(async () => {
  sample = await makeHlsSample();
  stream = streamOfSample(sample);
  root = await mkdtemp(join(tmpdir(), 'stream-manifests-'));
});
afterAll(() => rm(root, { recursive: true }));

describe('an I-frame playlist', () => {
  /** The sample with the playlist of ours in the place of its own. */
  function withFrames(text: string, line: string): HlsSample {
    const files = new Map(sample);
    const served = text.replaceAll(/g1-(\d+\.m4s)/g, '$1').replace('g1-init1.mp4', 'init.mp4');
    files.set('90p/frames.m3u8', Buffer.from(served));
    const master = files.get('master.m3u8')?.toString() ?? '';
    files.set('master.m3u8', Buffer.from(master.replace(/#EXT-X-I-FRAME-STREAM-INF.*/, line)));
    return files;
  }

  it('points at the pictures that stand by themselves, as the linter sees it', async () => {
    const [lowest] = stream.video;
    if (!lowest) throw new Error('no pictures');
    const text = framePlaylist(stream, lowest);
    const presentation = await loadPresentation(
      sampleUrl,
      readSample(withFrames(text, frameStreamLine(lowest))),
      {
        maxSegments: 10,
      },
    );
    expect(lint(presentation).flatMap(({ departures }) => departures)).toEqual([]);
    const frames = presentation.renditions.get('90p/frames.m3u8');
    expect(frames?.segments.map(({ fragments: [first] }) => first?.samples[0]?.idr)).toEqual([
      true,
      true,
      true,
    ]);
    const [, peak] = /:BANDWIDTH=(\d+)/.exec(frameStreamLine(lowest)) ?? [];
    const largest = Math.max(...lowest.segments.map(({ keyBytes, seconds }) => (keyBytes * 8) / seconds));
    expect(Number(peak)).toBe(Math.ceil(largest));
  });

  it('grows as its rendition does', () => {
    const [lowest] = stream.video;
    const text = framePlaylist(stream, { segments: lowest?.segments.slice(0, 1) ?? [], ended: false });
    expect(text.split('\n').slice(0, 10)).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-TARGETDURATION:4',
      '#EXT-X-MEDIA-SEQUENCE:1',
      '#EXT-X-PLAYLIST-TYPE:EVENT',
      '#EXT-X-I-FRAMES-ONLY',
      '#EXT-X-MAP:URI="g1-init1.mp4"',
      '#EXTINF:4.000000,',
      `#EXT-X-BYTERANGE:${lowest?.segments[0]?.keyBytes}@0`,
      'g1-00001.m4s',
    ]);
    expect(text).not.toContain('ENDLIST');
  });
});

describe('a DASH manifest', () => {
  const captions = [{ language: 'de', label: 'Deutsch & <mehr>', tag: 'abc' }];

  /** Lays files out as the service serves them. */
  async function serve(content: MediaStream): Promise<string> {
    const directory = await mkdtemp(join(root, 'dash-'));
    for (const [path, data] of sample) {
      const served = path.replace(/(\d+\.m4s)$/, 'g1-$1').replace('init.mp4', 'g1-init1.mp4');
      await mkdir(join(directory, 'hls', dirname(served)), { recursive: true });
      await writeFile(join(directory, 'hls', served), data);
    }
    await mkdir(join(directory, 'dash'));
    const path = join(directory, 'dash', 'manifest.mpd');
    await writeFile(path, dashManifest({ stream: content, captions: [], base: '../hls/' }));
    return path;
  }

  /** Pictures and seconds of sound of all representations, as another's demuxer reads them. */
  async function decode(path: string, streamIndex: number): Promise<{ frames: number; seconds: number }> {
    const args = [
      '-v',
      'error',
      '-xerror',
      '-i',
      path,
      '-map',
      `0:${streamIndex}`,
      '-f',
      'null',
      '-progress',
      '-',
      '-',
    ];
    const { stdout } = await run(testToolPaths.ffmpegPath, args);
    const last = (name: string) =>
      Number([...stdout.matchAll(new RegExp(`^${name}=(\\d+)$`, 'gm'))].at(-1)?.[1]);
    return { frames: last('frame'), seconds: last('out_time_ms') / 1_000_000 };
  }

  it('leads another’s demuxer through all files of a stream', async () => {
    const path = await serve(stream);
    const { stdout } = await run(testToolPaths.ffprobePath, [
      '-v',
      'error',
      '-show_entries',
      'stream=codec_name,width,height:format=duration',
      '-of',
      'json',
      path,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      streams: [
        { codec_name: 'h264', width: 160, height: 90 },
        { codec_name: 'h264', width: 320, height: 180 },
        { codec_name: 'aac' },
      ],
      format: { duration: expect.stringMatching(/^10[.]0/) },
    });
    expect((await decode(path, 0)).frames).toBe(300);
    expect((await decode(path, 1)).frames).toBe(300);
    expect((await decode(path, 2)).seconds).toBeGreaterThan(9.9);
  });

  it('says of each representation what is measured, and of each segment when it begins', () => {
    const text = dashManifest({ stream, captions, base: '../hls/' });
    expect(text).toContain('type="static" mediaPresentationDuration="PT10S" minBufferTime="PT4S"');
    expect(text).toContain('<S t="0" d="4000000"/>');
    expect(text).toContain('<S t="8000000" d="2000000"/>');
    const [, bandwidth] = /id="180p" codecs="avc1[.]6400\w\w" bandwidth="(\d+)"/.exec(text) ?? [];
    const peak = Math.max(
      ...(stream.video[1]?.segments ?? []).map(({ sizeBytes, seconds }) => (sizeBytes * 8) / seconds),
    );
    expect(Number(bandwidth)).toBe(Math.ceil(peak));
    expect(text).toContain('<Label>Deutsch &amp; &lt;mehr&gt;</Label>');
    expect(text).toContain('<BaseURL>captions/de/abc.vtt</BaseURL>');
  });

  it('never lets the rounding of times add up', () => {
    const segments = Array.from({ length: 3000 }, (_, at) => ({
      number: at + 1,
      seconds: 100_100 / 30_000,
      sizeBytes: 1000,
      keyBytes: 10,
      key: '',
      init: { number: 1, sizeBytes: 1, key: '' },
    }));
    const [first] = stream.video;
    if (!first) throw new Error('no pictures');
    const text = dashManifest({
      stream: { ...stream, video: [{ ...first, segments }], audio: [] },
      captions: [],
      base: '',
    });
    const entries = [...text.matchAll(/<S t="(\d+)" d="(\d+)"/g)].map(([, t, d]) => [Number(t), Number(d)]);
    for (const [at, [t = 0, d = 0]] of entries.entries()) {
      expect(Math.abs(t + d - ((at + 1) * 100_100_000_000) / 30_000)).toBeLessThan(1);
      if (at > 0) expect(t).toBe((entries[at - 1]?.[0] ?? 0) + (entries[at - 1]?.[1] ?? 0));
    }
    expect(entries).toHaveLength(3000);
  });

  it('begins another period where another init segment is needed', () => {
    const second = { number: 2, sizeBytes: 1, key: '' };
    const changed = streamOfSample(sample);
    for (const segment of changed.video.flatMap(({ segments }) => segments)) {
      if (segment.number >= 2) segment.init = second;
    }
    const text = dashManifest({ stream: changed, captions, base: '../hls/' });
    expect([...text.matchAll(/<Period .*>/g)].map(String)).toEqual([
      '<Period id="1" duration="PT4S">',
      '<Period id="2" duration="PT6S">',
    ]);
    expect(text).toContain(
      'presentationTimeOffset="4000000" startNumber="2" initialization="$RepresentationID$/g1-init2.mp4"',
    );
    expect(text.match(/captions\/de/g)).toHaveLength(1);
  });
});
