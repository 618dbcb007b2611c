import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { videoFixture } from '../fixtures/video-fixtures.js';
import { Api, bytesOf, jsonOf, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { testToolPaths } from '../support/media-tools.js';
import { plainPicture } from '../support/pictures.js';
import { pixelAt, readPixels } from '../support/pixels.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Variants {
  items: { kind: string; name: string; contentType: string; url: string; width: number; size: number }[];
}

/** The second that a picture of `levels.mp4` shows. */
async function secondOf(response: Response): Promise<number> {
  const pixels = await readPixels(await bytesOf(response));
  const [red = 0] = pixelAt(pixels, Math.floor(pixels.width / 2), Math.floor(pixels.height / 2));
  return Math.round((red * 219) / 255 / 18);
}

describe('pictures of a video', () => {
  let service: TestApp;
  let api: Api;
  let video: MediaJson & { posterTime: number | null };
  let path: string;
  beforeAll(async () => {
    const { ffmpegPath: FFMPEG_PATH, ffprobePath: FFPROBE_PATH } = testToolPaths;
    service = await startTestApp({ env: { VIDEO_PRESET: 'ultrafast', FFMPEG_PATH, FFPROBE_PATH } });
    api = await Api.as(service);
    const bytes = await readFile((await videoFixture('levels.mp4')).path);
    const uploaded = await api.upload(bytes, { name: 'levels.mp4', type: 'video/mp4' });
    video = (await api.until(uploaded.id)) as typeof video;
    path = `/v1/media/${video.id}`;
  });
  afterAll(() => service?.close());

  const variant = (kind: string) =>
    eventually(async () => {
      const { items } = await api.json<Variants>(`${path}/variants`);
      const found = items.find((item) => item.kind === kind);
      if (!found) throw new Error(`there is no ${kind}`);
      return found;
    });
  const choose = (time: unknown, id = video.id, caller = api) =>
    caller.send('PUT', `/v1/media/${id}/poster`, { body: { time } });
  const posterShows = (second: number) =>
    eventually(async () => expect(await secondOf(await api.get(`${path}/thumbnail`))).toBe(second));
  /** What lies in the ledger, due later than what is merely under way. */
  const scheduled = () =>
    onDatabase<{ prefix: string }>(
      service,
      `select prefix from pending_deletion where prefix like '%/supplement/'`,
    );

  it('are a storyboard and a preview, soon after it is ready', async () => {
    expect(await variant('storyboard')).toMatchObject({
      contentType: 'text/vtt',
      url: `${path}/storyboard/storyboard.vtt`,
      width: 160,
    });
    const preview = await variant('preview');
    const animation = await api.get(preview.url);
    expect(animation.headers.get('content-type')).toBe('image/webp');
    expect((await sharp(await bytesOf(animation), { animated: true }).metadata()).pages).toBeGreaterThan(5);
    // Nothing that a client sees of the media itself has changed.
    expect((await api.json<MediaJson>(path)).updatedAt).toBe(video.updatedAt);
  });

  it('are delivered by one signed prefix, track and sheets', async () => {
    await variant('storyboard');
    const { url } = await api.sign(video.id, 'storyboard/storyboard.vtt');
    const anyone = Api.anonymous(service);
    const track = await anyone.get(url);
    expect(track.headers.get('content-type')).toMatch(/^text\/vtt/);
    const [, sheet = ''] = /^(\S+)#xywh=/m.exec(await track.text()) ?? [];
    const picture = await anyone.get(new URL(sheet, url).href);
    expect(picture.headers.get('content-type')).toBe('image/jpeg');
    expect(await sharp(await bytesOf(picture)).metadata()).toMatchObject({ width: 1600, height: 180 });
    expect(await problemOf(await anyone.get(`${path}/storyboard/storyboard.vtt`))).toBe(
      '404 MEDIA_NOT_FOUND',
    );
    expect(await problemOf(await api.get(`${path}/storyboard/sheet-9.jpg`))).toBe('404 VARIANT_NOT_FOUND');
    expect(await problemOf(await api.get(`${path}/storyboard/original`))).toBe('404 VARIANT_NOT_FOUND');
    expect(await problemOf(await api.get(`${path}/variants/storyboard`))).toBe('404 VARIANT_NOT_FOUND');
  });

  it('can be had at any time, and are made once', async () => {
    const kept = () =>
      onDatabase(service, `select from variant where media_id = $1 and kind = 'transform'`, [video.id]);
    for (const [time, second] of [
      ['0', 0],
      ['5.5', 5],
      ['11.9', 11],
      ['500', 11],
    ] as const) {
      const answer = await api.get(`${path}/thumbnail?time=${time}&size=small`);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/webp']);
      expect(await secondOf(answer)).toBe(second);
    }
    const before = (await kept()).length;
    const again = await Promise.all(
      ['7.31', '7.31', '7.29'].map((time) => api.get(`${path}/thumbnail?time=${time}`)),
    );
    expect(new Set(again.map((answer) => answer.headers.get('etag'))).size).toBe(1);
    expect(await kept()).toHaveLength(before + 1);
    const known = await api.get(`${path}/thumbnail?time=7.3`);
    expect(known.headers.get('etag')).toBe(again[0]?.headers.get('etag'));
    const first = again[0]?.clone() ?? known;
    expect((await bytesOf(known.clone())).equals(await bytesOf(first))).toBe(true);
    expect(await secondOf(known)).toBe(7);
  });

  it('at a time are for those who may cause work, of videos alone', async () => {
    expect(await problemOf(await api.get(`${path}/thumbnail?time=-1`))).toBe('400 VALIDATION_FAILED');
    expect(await problemOf(await api.get(`${path}/thumbnail?time=x`))).toBe('400 VALIDATION_FAILED');
    const stranger = await Api.as(service, { sub: 'mallory' });
    expect(await problemOf(await stranger.get(`${path}/thumbnail?time=1`))).toBe('404 MEDIA_NOT_FOUND');
    const picture = await api.uploadReady(await plainPicture(64, 48, 3), {
      fields: { visibility: 'public' },
    });
    const still = `/v1/media/${picture.id}/thumbnail?time=1`;
    expect(await problemOf(await api.get(still))).toBe('422 TRANSFORM_UNSUPPORTED');
    expect(await problemOf(await Api.anonymous(service).get(still))).toBe('401 UNAUTHENTICATED');
    const signed = await api.sign(video.id, 'thumbnail?time=3&size=small');
    expect(await secondOf(await Api.anonymous(service).get(signed.url))).toBe(3);
  });

  it('have a poster at the time that its owner chooses, also after a reprocess', async () => {
    expect(video.posterTime).toBeNull();
    const chosen = await choose(8.5);
    const etag = chosen.headers.get('etag');
    expect(await jsonOf(chosen, 202)).toMatchObject({ posterTime: 8.5, status: 'ready' });
    await posterShows(8);
    const after = await api.get(path);
    expect(after.headers.get('etag')).not.toBe(etag);
    expect(
      (await api.json<Variants>(`${path}/variants`)).items.filter(({ kind }) => kind === 'thumbnail'),
    ).toHaveLength(3);

    await jsonOf(await choose(10), 202);
    await posterShows(10);
    // The thumbnails of the first choice are to go, and those of the processing stay with it.
    expect(await scheduled()).toHaveLength(1);

    await jsonOf(await api.send('POST', `${path}/reprocess`), 202);
    await api.until(video.id);
    await posterShows(10);
    await variant('storyboard');

    await jsonOf(await choose(null), 202);
    await posterShows(1);
    expect(await api.json(path)).toMatchObject({ posterTime: null });
  });

  it.each([
    ['a time that is none', { time: 'soon' }],
    ['a time before the beginning', { time: -1 }],
    ['no time at all', {}],
  ])('have no poster at %s', async (_name, body) => {
    expect(await problemOf(await api.send('PUT', `${path}/poster`, { body }))).toBe('400 VALIDATION_FAILED');
  });

  it('have their poster chosen by who may change a video', async () => {
    const stranger = await Api.as(service, { sub: 'mallory' });
    expect(await problemOf(await choose(1, video.id, stranger))).toBe('404 MEDIA_NOT_FOUND');
    const reader = await Api.as(service, { scopes: ['media:read'] });
    expect(await problemOf(await choose(1, video.id, reader))).toBe('403 INSUFFICIENT_SCOPE');
    const picture = await api.uploadReady(await plainPicture(64, 48, 4));
    expect(await problemOf(await choose(1, picture.id))).toBe('422 MEDIA_NOT_VIDEO');
  });
});
