import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/index.js';
import { videoFixture, type VideoFixture } from '../fixtures/video-fixtures.js';
import { brightness, joinRendition, packetTimes, thumbnails } from '../support/decode.js';
import { eventually } from '../support/eventually.js';
import { HlsClient } from '../support/hls-client.js';
import { lintHls } from '../support/hls-lint.js';
import { MediaClient, type MediaSeen } from '../support/media-client.js';
import { testToolPaths } from '../support/media-tools.js';
import { inspectAll } from '../support/reconciliation.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

type VideoSeen = MediaSeen & { progress: number; playable: boolean; metadata: Record<string, unknown> };

/** Four segments of 4.004 s and what is left of 25 s: chunks of 1, 2, 2 and 2 segments. */
const frames = 750;
const chunkStarts = [120, 360, 600];

describe('a video in chunks', () => {
  let service: TestApp;
  let client: MediaClient;
  let directory: string;
  beforeAll(async () => {
    service = await startTestApp({
      env: {
        VIDEO_LADDER: '120p:200k,180p:400k',
        VIDEO_PRESET: 'ultrafast',
        VIDEO_CHUNK_SECONDS: '8',
        VIDEO_MP4: 'true',
        ...(testToolPaths.ffmpegPath && { FFMPEG_PATH: testToolPaths.ffmpegPath }),
        ...(testToolPaths.ffprobePath && { FFPROBE_PATH: testToolPaths.ffprobePath }),
      },
    });
    client = new MediaClient({ url: service.url, bearer: await service.bearer() });
    directory = await mkdtemp(join(tmpdir(), 'video-chunks-'));
  });
  afterAll(async () => {
    await service?.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function upload(name: VideoFixture): Promise<MediaSeen> {
    const { path, contentType } = await videoFixture(name);
    return client.upload(await readFile(path), { name, type: contentType });
  }
  const get = (id: string) => client.get(id) as Promise<VideoSeen>;
  const query = <T extends object>(sql: string, values: unknown[]) =>
    service.app.get(Database).unit().execute<T[]>(sql, values);

  describe('from its upload to its end', () => {
    let id: string;
    let hls: HlsClient;
    const states: VideoSeen[] = [];
    const growing: Awaited<ReturnType<HlsClient['playlist']>>[] = [];
    beforeAll(async () => {
      id = (await upload('joints.mp4')).id;
      hls = new HlsClient(client, id);
      await eventually(async () => {
        states.push(await get(id));
        if (states.at(-1)?.playable) growing.push(await hls.playlist('120p'));
        expect(['ready', 'failed']).toContain(states.at(-1)?.status);
      }, 120_000);
      growing.push(await hls.playlist('120p'));
      await hls.download(join(directory, 'hls'));
    }, 150_000);

    it('can be played before it is ready, and tells how far it is', () => {
      expect(states.at(-1)).toMatchObject({ status: 'ready', playable: true, progress: 100 });
      const early = states.filter(({ status, playable }) => status === 'processing' && playable);
      expect(early.length).toBeGreaterThan(0);
      const progress = states.map((state) => state.progress);
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    });

    it('grows by lines at the end of its playlists alone, whose names stay', () => {
      const [first, last] = [growing[0], growing.at(-1)];
      expect(first?.text).toContain('#EXT-X-PLAYLIST-TYPE:EVENT');
      expect(first?.ended).toBe(false);
      expect(first?.segments.length).toBeLessThan(7);
      expect(last).toMatchObject({ ended: true, initUri: 'g1-init1.mp4' });
      expect(last?.text).toContain('#EXT-X-PLAYLIST-TYPE:VOD');
      for (const { segments, targetSeconds } of growing) {
        expect(segments).toEqual(last?.segments.slice(0, segments.length));
        expect(targetSeconds).toBe(last?.targetSeconds);
      }
    });

    it('keeps to the rules of HLS', async () => {
      expect(await lintHls(join(directory, 'hls'))).toEqual([]);
      expect(states.at(-1)?.metadata).toMatchObject({ damaged: false });
    });

    it('has every frame once, at its time, also where chunks meet', async () => {
      const { path } = await videoFixture('joints.mp4');
      const source = await thumbnails(path);
      for (const name of ['120p', '180p']) {
        const joined = await joinRendition(join(directory, 'hls'), name);
        const times = await packetTimes(joined);
        expect(times).toHaveLength(frames);
        for (const [at, time] of times.entries()) expect(time).toBeCloseTo((at * 1001) / 30_000, 4);
        const made = await thumbnails(joined);
        expect(made).toHaveLength(frames);
        for (const at of chunkStarts.flatMap((start) => [start - 2, start - 1, start, start + 1])) {
          const near = [at - 2, at - 1, at, at + 1, at + 2];
          const distances = near.map((other) => distance(made[at], source[other]));
          expect({ at, best: near[distances.indexOf(Math.min(...distances))] }).toEqual({ at, best: at });
        }
      }
    });

    it('has sound without a gap', async () => {
      const times = await packetTimes(await joinRendition(join(directory, 'hls'), 'audio'));
      for (const [at, time] of times.entries()) expect(time).toBeCloseTo((at * 1024) / 48_000, 3);
      expect(times.length).toBeGreaterThan(25 * 46);
    });

    it('is delivered so that caches keep what never changes', async () => {
      const uri = growing.at(-1)?.segments[1]?.uri ?? '';
      const segment = await hls.fetch(`120p/${uri}`);
      expect(segment.headers.get('cache-control')).toBe('private, max-age=3600, immutable');
      expect(segment.headers.get('content-type')).toBe('video/iso.segment');
      const range = await client.request(`/v1/media/${id}/hls/120p/${uri}`, {
        headers: { range: 'bytes=0-99' },
      });
      expect(range.status).toBe(206);
      const playlist = await hls.fetch('120p/index.m3u8');
      const etag = playlist.headers.get('etag') ?? '';
      expect(playlist.headers.get('cache-control')).toBe('private, no-cache');
      const again = await client.request(`/v1/media/${id}/hls/120p/index.m3u8`, {
        headers: { 'if-none-match': etag },
      });
      expect(again.status).toBe(304);
      for (const path of ['120p/g1-00099.m4s', '120p/g9-00001.m4s', '120p/g1-init3.mp4', '99p/index.m3u8']) {
        expect((await hls.fetch(path)).status).toBe(404);
      }
    });

    it('has pictures and MP4 files', async () => {
      const response = await client.request(`/v1/media/${id}/variants`);
      const { items } = (await response.json()) as { items: { kind: string; name: string; url: string }[] };
      // Storyboard and preview come after ready, at their leisure.
      const atReady = items
        .map(({ name }) => name)
        .filter((name) => !['preview', 'storyboard'].includes(name));
      expect(atReady.toSorted()).toEqual([
        '120p',
        '180p',
        'hls',
        'mp4-120p',
        'mp4-180p',
        'thumbnail-large',
        'thumbnail-medium',
        'thumbnail-small',
      ]);
      const mp4 = await client.request(items.find(({ name }) => name === 'mp4-120p')?.url ?? '');
      const bytes = Buffer.from(await mp4.arrayBuffer());
      expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
    });

    it('leaves nothing that a check would find', async () => {
      expect((await inspectAll(service)).findings).toEqual([]);
    });

    it('stays as it is while it is processed again, and then is the new one, with the old one still there', async () => {
      await query(`update media set updated_at = now() where id = ?`, [id]);
      expect((await client.request(`/v1/media/${id}/reprocess`, { method: 'POST' })).status).toBeLessThan(
        300,
      );
      const meanwhile = await hls.playlist('120p');
      expect(meanwhile).toMatchObject({ ended: true, initUri: 'g1-init1.mp4' });
      expect((await get(id)).playable).toBe(true);
      await client.until(id, 'ready', 120_000);
      expect((await hls.playlist('120p')).initUri).toBe('g2-init1.mp4');
      expect((await hls.fetch('120p/g1-00003.m4s')).status).toBe(200);
      expect((await hls.fetch('120p/g2-00003.m4s')).status).toBe(200);
      expect((await inspectAll(service)).findings).toEqual([]);
    }, 150_000);
  });

  it('that is damaged in the middle plays, and says so', async () => {
    const { id } = await upload('torn.mp4');
    const media = (await client.until(id, 'ready', 120_000)) as VideoSeen;
    expect(media.metadata).toMatchObject({ damaged: true });
    const out = join(directory, 'torn');
    await new HlsClient(client, id).download(out);
    expect(await lintHls(out)).toEqual([]);
    const joined = await joinRendition(out, '120p');
    expect((await packetTimes(joined)).length).toBeGreaterThan(frames - 30);
    expect((await brightness(joined)).length).toBeGreaterThan(frames - 30);
  }, 150_000);

  it('that was cut plays as far as it goes, and says so', async () => {
    const { id } = await upload('truncated.mp4');
    const media = (await client.until(id, 'ready', 120_000)) as VideoSeen;
    expect(media.metadata).toMatchObject({ damaged: true });
    expect((await inspectAll(service)).findings).toEqual([]);
  }, 150_000);

  it.each([
    ['noise.mp4', 'VIDEO_CORRUPT'],
    ['bomb.mp4', 'VIDEO_TOO_LARGE'],
  ] as const)(
    'like %s fails with %s, and leaves nothing',
    async (name, code) => {
      const { id } = await upload(name);
      await eventually(async () => expect(await get(id)).toMatchObject({ status: 'failed' }), 60_000);
      expect(await get(id)).toMatchObject({ playable: false, failure: { code } });
      expect(await query('select from video_plan where media_id = ?', [id])).toEqual([]);
      expect((await inspectAll(service)).findings).toEqual([]);
      // Others that work on pictures or sound of the same or the one before may have a moment to go.
      const scratch = join(service.dataDir, 'scratch');
      await eventually(async () => expect(await readdir(scratch)).toEqual([]), 60_000);
      expect((await client.request('/health/ready')).status).toBe(200);
    },
    90_000,
  );

  it.each(['playlist.mp4', 'concat.mp4'] as const)('that is a script like %s is not taken', async (name) => {
    await expect(upload(name)).rejects.toThrow('415');
    expect((await inspectAll(service)).findings).toEqual([]);
  });
});

function distance(a: Buffer | undefined, b: Buffer | undefined): number {
  if (!a || !b) return Infinity;
  return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0);
}
