import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lint } from '../../scripts/lint-hls/lint.ts';
import { loadPresentation } from '../../scripts/lint-hls/load-presentation.ts';
import { httpReader } from '../../scripts/lint-hls/resource.ts';
import { type VideoFixture, videoFixture } from '../fixtures/video-fixtures.js';
import { Api, bytesOf, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { canPlayUrls, frameHashes } from '../support/play-url.js';
import { type S3Server, s3Environment, startS3Server } from '../support/s3-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const hour = 3600;

describe('videos in S3', () => {
  let s3: S3Server;
  let service: TestApp;
  let presigning: TestApp;
  let film: MediaJson;
  let sound: MediaJson;
  beforeAll(async () => {
    s3 = await startS3Server();
    const env = {
      ...s3Environment(s3),
      VIDEO_PRESET: 'veryfast',
      VIDEO_LADDER: '120p:200k,180p:400k',
      AUDIO_RENDITIONS: 'mp3:64k',
    };
    service = await startTestApp({ env });
    presigning = await startTestApp({ beside: service, env: { ...env, S3_PRESIGNED_SEGMENTS: 'true' } });
    film = await upload(service, 'film.mp4');
    sound = await upload(service, 'sound.m4a');
  });
  afterAll(async () => {
    await presigning?.close();
    await service?.close();
    await s3?.stop();
  });

  async function upload(to: TestApp, name: VideoFixture): Promise<MediaJson> {
    const { path, contentType } = await videoFixture(name);
    return (await Api.as(to)).uploadReady(await readFile(path), { name, type: contentType });
  }

  const hls = (path: string, { id } = film) => `/v1/media/${id}/hls/${path}`;
  const signed = async (app: TestApp, { id } = film, expiresIn = 600) =>
    (await Api.as(app)).sign(id, 'hls/master.m3u8', expiresIn);
  const departures = async (url: string) => {
    const presentation = await loadPresentation(new URL(url), httpReader(), { maxSegments: 100 });
    const findings = lint(presentation).filter(({ rule }) => rule.id !== 'peak-ratio');
    return findings.flatMap((finding) => finding.departures);
  };
  /** What a media playlist names. */
  const urisOf = (text: string) => [...text.matchAll(/^(?!#).+$|(?<=MAP:URI=")[^"]+/gm)].map(([uri]) => uri);
  /** From when and until when a presigned URL holds, in seconds since 1970. */
  const spanOf = (url: string) => {
    const { searchParams } = new URL(url);
    const [, date, time] = /^(\d{8})T(\d{6})Z$/.exec(searchParams.get('X-Amz-Date') ?? '') ?? [];
    const text = `${date?.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time?.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`;
    const start = Date.parse(text) / 1000;
    return { start, end: start + Number(searchParams.get('X-Amz-Expires')) };
  };

  it('are transcoded there, and come by ranges through the service', async () => {
    const alice = await Api.as(service);
    const whole = await alice.get(hls('120p/g1-00001.m4s'));
    const bytes = await bytesOf(whole);
    expect([whole.status, whole.headers.get('content-type')]).toEqual([200, 'video/iso.segment']);
    for (const [range, part] of [
      ['bytes=0-99', bytes.subarray(0, 100)],
      ['bytes=500-', bytes.subarray(500)],
      ['bytes=-77', bytes.subarray(-77)],
    ] as const) {
      const response = await alice.get(hls('120p/g1-00001.m4s'), { range });
      expect([range, response.status, (await bytesOf(response)).equals(part)]).toEqual([range, 206, true]);
    }
    const beyond = await alice.get(hls('120p/g1-00001.m4s'), { range: `bytes=${bytes.length}-` });
    expect(await problemOf(beyond)).toBe('416 RANGE_NOT_SATISFIABLE');
  });

  it('keep to every rule of the linter, through the service and by presigned URLs', async () => {
    expect(await departures((await signed(service)).url)).toEqual([]);
    expect(await departures((await signed(presigning)).url)).toEqual([]);
  });

  it('are named by presigned URLs in the playlists of segments, and there alone', async () => {
    const { url } = await signed(presigning);
    const master = await (await fetch(url)).text();
    expect(master).not.toContain('X-Amz');
    for (const playlist of ['120p/index.m3u8', '120p/frames.m3u8', 'audio/index.m3u8']) {
      const uris = urisOf(await (await fetch(new URL(playlist, url))).text());
      expect(uris).toHaveLength(3);
      for (const uri of uris) {
        expect(uri.startsWith(`${s3.config.endpoint}/${s3.config.bucket}/`)).toBe(true);
        expect(new URL(uri).searchParams.has('X-Amz-Signature')).toBe(true);
      }
    }
  });

  it('give the same bytes by them, and the ranges of I-frames', async () => {
    const alice = await Api.as(presigning);
    const uris = urisOf(await (await alice.get(hls('120p/index.m3u8'))).text());
    const names = ['g1-init1.mp4', 'g1-00001.m4s', 'g1-00002.m4s'];
    for (const [at, uri] of uris.entries()) {
      const [direct, through] = [await fetch(uri), await alice.get(hls(`120p/${names[at]}`))];
      expect((await bytesOf(direct)).equals(await bytesOf(through))).toBe(true);
      expect(direct.headers.get('content-type')).toBe(through.headers.get('content-type'));
    }
    const range = await fetch(uris[1] ?? '', { headers: { range: 'bytes=0-9' } });
    expect([range.status, (await bytesOf(range)).length]).toEqual([206, 10]);
  });

  it('hold for the film and an hour, and are the same for a while', async () => {
    const alice = await Api.as(presigning);
    const response = await alice.get(hls('120p/index.m3u8'));
    const text = await response.text();
    const now = Date.now() / 1000;
    for (const uri of urisOf(text)) {
      const { start, end } = spanOf(uri);
      expect(start).toBeLessThanOrEqual(now);
      expect(end).toBeGreaterThan(now + 6 + hour - 5);
      expect(end).toBeLessThan(now + 6 + 2 * hour + 5);
      expect(Date.parse(response.headers.get('last-modified') ?? '') / 1000).toBe(start);
    }
    expect(await (await alice.get(hls('120p/index.m3u8'))).text()).toBe(text);
    const etag = response.headers.get('etag') ?? '';
    expect((await alice.get(hls('120p/index.m3u8'), { 'if-none-match': etag })).status).toBe(304);
  });

  it('hold no longer than the signed URL that they are asked for by, and are cached for minutes', async () => {
    const { url, expiresAt } = await signed(presigning);
    const response = await fetch(new URL('120p/index.m3u8', url));
    const ends = urisOf(await response.text()).map((uri) => spanOf(uri).end);
    expect(new Set(ends)).toEqual(new Set([Date.parse(expiresAt) / 1000]));
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    const master = (await fetch(url)).headers.get('cache-control') ?? '';
    expect(Number(/max-age=(\d+)/.exec(master)?.[1])).toBeGreaterThan(300);
    const long = await signed(presigning, film, 24 * hour);
    const text = await (await fetch(new URL('120p/index.m3u8', long.url))).text();
    for (const uri of urisOf(text)) expect(spanOf(uri).end).toBeLessThan(Date.now() / 1000 + 3 * hour);
  });

  it('keep their URLs while they grow', async () => {
    const alice = await Api.as(presigning);
    const before = urisOf(await (await alice.get(hls('120p/index.m3u8'))).text());
    const [plan] = await onDatabase<{ id: string }>(
      service,
      `update video_plan set state = 'encoding' where media_id = $1 returning id`,
      [film.id],
    );
    await onDatabase(service, `update media set status = 'processing' where id = $1`, [film.id]);
    const [run] = await onDatabase<{ renditions: unknown }>(
      service,
      `select renditions from video_run where plan_id = $1 and track = 'video'`,
      [plan?.id],
    );
    const setRun = (renditions: string, last: boolean) =>
      onDatabase(
        service,
        `update video_run set last = $2, renditions = ${renditions} where plan_id = $1 and track = 'video'`,
        [plan?.id, last, JSON.stringify(run?.renditions)],
      );
    // As it was when there was the first segment alone.
    await setRun(`$3::jsonb #- '{120p,segments,1}' #- '{180p,segments,1}'`, false);
    const growing = await alice.get(hls('120p/index.m3u8'));
    const text = await growing.text();
    expect(text).toContain('TYPE:EVENT');
    expect(urisOf(text)).toEqual(before.slice(0, 2));
    expect(
      (await fetch(new URL('120p/index.m3u8', (await signed(presigning)).url))).headers.get('cache-control'),
    ).toBe('public, max-age=1');
    await setRun('$3::jsonb', true);
    await onDatabase(service, `update video_plan set state = 'complete' where id = $1`, [plan?.id]);
    await onDatabase(service, `update media set status = 'ready' where id = $1`, [film.id]);
    expect(urisOf(await (await alice.get(hls('120p/index.m3u8'))).text())).toEqual(before);
  });

  it('lead to the store for sound alone too', async () => {
    const { url } = await signed(presigning, sound);
    expect(await (await fetch(url)).text()).toMatch(/^audio\/index\.m3u8$/m);
    const uris = urisOf(await (await fetch(new URL('audio/index.m3u8', url))).text());
    expect(uris.length).toBeGreaterThan(1);
    for (const uri of uris) {
      expect(uri.startsWith(`${s3.config.endpoint}/`)).toBe(true);
      expect((await fetch(uri)).status).toBe(200);
    }
  });

  it('may be loaded by the page from the store, when it is to', async () => {
    const policyOf = async ({ url }: TestApp) =>
      (await fetch(`${url}/watch/${film.id}`)).headers.get('content-security-policy');
    expect(await policyOf(presigning)).toContain(`connect-src 'self' ${s3.config.endpoint};`);
    expect(await policyOf(service)).toContain("connect-src 'self';");
  });

  (canPlayUrls ? it : it.skip)(
    'play to the same frames from the store as from the service (needs the system’s ffmpeg)',
    async () => {
      const [through, direct] = await Promise.all(
        [service, presigning].map(async (app) =>
          frameHashes(new URL('180p/index.m3u8', (await signed(app)).url).href),
        ),
      );
      expect(direct).toHaveLength(180);
      expect(direct).toEqual(through);
    },
  );

  it('are encrypted in the store, with keys that come from the service', async () => {
    const env = {
      ...s3Environment(s3),
      VIDEO_PRESET: 'veryfast',
      VIDEO_LADDER: '120p:200k',
      VIDEO_ENCRYPTION: 'aes-128',
      S3_PRESIGNED_SEGMENTS: 'true',
    };
    const encrypting = await startTestApp({ env });
    try {
      const { url } = await signed(encrypting, await upload(encrypting, 'silent.mp4'));
      expect(await departures(url)).toEqual([]);
      const text = await (await fetch(new URL('120p/index.m3u8', url))).text();
      expect(text).toContain('#EXT-X-KEY:METHOD=AES-128,URI="g1.key"');
      const [, segment = ''] = urisOf(text);
      expect((await bytesOf(await fetch(segment))).includes('moof')).toBe(false);
      if (canPlayUrls) expect(await frameHashes(url)).toHaveLength(75);
    } finally {
      await encrypting.close();
    }
  });
});
