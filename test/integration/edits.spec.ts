import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { type VideoFixture, videoFixture } from '../fixtures/video-fixtures.js';
import { Api, bytesOf, jsonOf, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { decodeFrame, probeStreams, probeTags } from '../support/decode.js';
import { eventually } from '../support/eventually.js';
import { testToolPaths } from '../support/media-tools.js';
import { plainPicture } from '../support/pictures.js';
import { colourDistance, pixelAt, readPixels } from '../support/pixels.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface VideoJson extends MediaJson {
  duration: number;
}

interface Account {
  usedBytes: number;
  reservedBytes: number;
  mediaCount: number;
}

const env = {
  VIDEO_PRESET: 'ultrafast',
  MAX_OPEN_EDITS_PER_USER: '3',
  FFMPEG_PATH: testToolPaths.ffmpegPath,
  FFPROBE_PATH: testToolPaths.ffprobePath,
};
const green = [0, 255, 0, 255];
const red = [255, 0, 0, 255];
const blue = [0, 0, 255, 255];
const black = [0, 0, 0, 255];

describe('an edit', () => {
  let root: string;
  let service: TestApp;
  let worker: TestApp | null = null;
  let api: Api;
  let levels: MediaJson;
  let corners: MediaJson;
  let logo: MediaJson;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'edits-'));
    service = await startTestApp({ env: { ...env, ROLE: 'api' } });
    await work();
    api = await Api.as(service);
    const picture = sharp({ create: { width: 100, height: 50, channels: 3, background: '#ff00ff' } });
    [levels, corners, logo] = await Promise.all([
      video('levels.mp4'),
      video('corners.mp4'),
      api.uploadReady(await picture.png().toBuffer()),
    ]);
  });
  afterAll(async () => {
    await worker?.close();
    await service?.close();
    await rm(root, { recursive: true });
  });

  async function work(): Promise<void> {
    worker ??= await startTestApp({ beside: service, env: { ...env, ROLE: 'worker' } });
  }

  async function rest(): Promise<void> {
    await worker?.close();
    worker = null;
  }

  async function video(name: VideoFixture): Promise<MediaJson> {
    const { path, contentType } = await videoFixture(name);
    return api.uploadReady(await readFile(path), { name, type: contentType });
  }

  const ask = (source: MediaJson, body: object, headers: Record<string, string> = {}, caller = api) =>
    caller.send('POST', `/v1/media/${source.id}/edits`, { body, headers });
  const edit = async (source: MediaJson, operations: object[], details: object = {}) =>
    jsonOf<MediaJson>(await ask(source, { operations, ...details }), 202);
  const account = (id = 'alice') => api.json<Account>(`/v1/quotas/users/${id}`);
  const ready = (id: string) => api.until(id, 'ready', 60_000) as Promise<VideoJson>;

  /** Its bytes are there, and may leave the service; what follows is that of any video. */
  const arrived = (id: string) =>
    eventually(async () => {
      const media = await api.json<MediaJson>(`/v1/media/${id}`);
      if (!['processing', 'ready'].includes(media.status)) throw new Error(`${id} is ${media.status}`);
      return media;
    }, 60_000);

  async function original({ id }: MediaJson): Promise<string> {
    const path = join(root, `${id}.mp4`);
    await writeFile(path, await bytesOf(await api.get(`/v1/media/${id}/download`)));
    return path;
  }

  async function expectColours(picture: Buffer, expected: [x: number, y: number, colour: number[]][]) {
    const pixels = await readPixels(picture);
    for (const [x, y, colour] of expected) {
      const pixel = pixelAt(pixels, Math.floor(x * pixels.width), Math.floor(y * pixels.height));
      expect({ x, y, pixel, wrong: colourDistance(pixel, colour) > 40 }).toMatchObject({ wrong: false });
    }
  }

  it('is a new media, of a part of the video, and the quota is exact', async () => {
    const before = await account();
    const asked = await ask(levels, {
      operations: [{ type: 'clip', start: 3, end: 6.5 }],
      filename: 'short.mp4',
      visibility: 'public',
      tags: ['cut'],
      customMetadata: { of: levels.id },
    });
    const location = asked.headers.get('location');
    const media = await jsonOf<MediaJson>(asked, 202);
    expect(location).toBe(`/v1/media/${media.id}`);
    expect(media).toMatchObject({
      filename: 'short.mp4',
      visibility: 'public',
      tags: ['cut'],
      status: 'pending',
    });
    const made = await ready(media.id);
    expect(made).toMatchObject({
      contentType: 'video/mp4',
      kind: 'video',
      width: 160,
      height: 90,
      failure: null,
    });
    expect(Math.abs(made.duration - 3.5)).toBeLessThan(0.15);
    const path = await original(made);
    expect((await probeStreams(path)).map(({ codec_name }) => codec_name)).toEqual(['h264', 'aac']);
    const [first = 0] = pixelAt(await readPixels(await decodeFrame(path)), 80, 45);
    expect(Math.round((first * 219) / 255 / 18)).toBe(3);
    expect(await account()).toEqual({
      ...before,
      usedBytes: before.usedBytes + made.size,
      mediaCount: before.mediaCount + 1,
    });
    expect(await api.json<MediaJson>(`/v1/media/${levels.id}`)).toMatchObject({ sha256: levels.sha256 });
  });

  it('turns, mutes and marks in one go', async () => {
    const media = await edit(levels, [
      { type: 'mute' },
      { type: 'rotate', degrees: 90 },
      { type: 'watermark', mediaId: logo.id, position: 'top-left', opacity: 1, scale: 0.4 },
      { type: 'clip', start: 1, end: 2 },
    ]);
    const made = await arrived(media.id);
    expect(made).toMatchObject({ filename: 'levels-edit.mp4' });
    const path = await original(made);
    expect(await probeStreams(path)).toMatchObject([{ codec_type: 'video', width: 90, height: 160 }]);
    // The mark is 36 × 18 pixels, 3 from the edges.
    await expectColours(await decodeFrame(path), [
      [0.23, 0.08, [255, 0, 255, 255]],
      [0.8, 0.08, [21, 21, 21, 255]],
      [0.23, 0.5, [21, 21, 21, 255]],
    ]);
  });

  it.each([
    [
      90,
      [
        [0.9, 0.2, green],
        [0.2, 0.2, red],
        [0.2, 0.8, blue],
      ],
    ],
    [
      180,
      [
        [0.5, 0.9, green],
        [0.8, 0.2, red],
        [0.2, 0.2, blue],
      ],
    ],
  ] as [number, [number, number, number[]][]][])(
    'turns clockwise by %d degrees',
    async (degrees, expected) => {
      const { id } = await edit(corners, [{ type: 'rotate', degrees }]);
      await expectColours(await decodeFrame(await original(await arrived(id))), expected);
    },
  );

  it('puts videos of different sizes one behind the other, and carries nothing private on', async () => {
    const body = { mediaIds: [levels.id, corners.id, levels.id] };
    const asked = await api.send('POST', '/v1/media/concat', { body });
    const path = await original(await arrived((await jsonOf<MediaJson>(asked, 202)).id));
    const streams = await probeStreams(path);
    expect(streams).toMatchObject([{ codec_name: 'h264', width: 160, height: 90 }, { codec_name: 'aac' }]);
    for (const { duration } of streams) expect(Math.abs(Number(duration) - 26)).toBeLessThan(0.3);
    expect(await probeTags(path)).not.toMatch(/CANARY|54\.5/);
    await expectColours(await decodeFrame(path, 13), [
      [0.05, 0.5, black],
      [0.5, 0.1, green],
      [0.3, 0.8, red],
      [0.7, 0.8, blue],
    ]);
    const [level = 0] = pixelAt(await readPixels(await decodeFrame(path, 14 + 7.5)), 80, 45);
    expect(Math.round((level * 219) / 255 / 18)).toBe(7);
  });

  it('is made once for a key', async () => {
    const body = { operations: [{ type: 'mute' }] };
    const answers = [];
    for (let time = 0; time < 2; time += 1) {
      answers.push(
        await jsonOf<MediaJson>(await ask(corners, body, { 'idempotency-key': 'edit-once' }), 202),
      );
    }
    expect(answers[0]?.id).toBe(answers[1]?.id);
    expect(await problemOf(await ask(levels, body, { 'idempotency-key': 'edit-once' }))).toBe(
      '422 IDEMPOTENCY_KEY_REUSED',
    );
    await arrived(answers[0]?.id ?? '');
  });

  it.each([
    ['nothing to do', { operations: [] }],
    ['an operation that there is not', { operations: [{ type: 'explode' }] }],
    ['a type twice', { operations: [{ type: 'mute' }, { type: 'mute' }] }],
    ['a field that there is not', { operations: [{ type: 'mute', filter: 'movie=/etc/passwd' }] }],
    ['an odd turn', { operations: [{ type: 'rotate', degrees: 45 }] }],
    ['text as a number', { operations: [{ type: 'clip', start: '0', end: "1'" }] }],
    [
      'a place that there is not',
      {
        operations: [
          { type: 'watermark', mediaId: '01990000-0000-7000-8000-000000000000', position: '0:y=0' },
        ],
      },
    ],
  ])('refuses %s', async (_name, body) => {
    expect(await problemOf(await ask(levels, body))).toBe('400 VALIDATION_FAILED');
  });

  it('is refused of what is not there, not one’s own, not ready or no video', async () => {
    const mute = { operations: [{ type: 'mute' }] };
    const mark = (mediaId: string) => ({ operations: [{ type: 'watermark', mediaId }] });
    const mallory = await Api.as(service, { sub: 'mallory' });
    expect(await problemOf(await ask(levels, mute, {}, mallory))).toBe('404 MEDIA_NOT_FOUND');
    await api.patch(levels.id, { visibility: 'public' });
    expect(await problemOf(await ask(levels, mute, {}, mallory))).toBe('403 MEDIA_FORBIDDEN');
    const reader = await Api.as(service, { scopes: ['media:read'] });
    expect(await problemOf(await ask(levels, mute, {}, reader))).toBe('403 INSUFFICIENT_SCOPE');
    expect(await problemOf(await ask(logo, mute))).toBe('422 EDIT_INVALID');
    expect(await problemOf(await ask(levels, mark(corners.id)))).toBe('422 EDIT_INVALID');
    expect(await problemOf(await ask(levels, mark('01990000-0000-7000-8000-000000000000')))).toBe(
      '404 MEDIA_NOT_FOUND',
    );
    const beyond = { operations: [{ type: 'clip', start: 12, end: 13 }] };
    expect(await problemOf(await ask(levels, beyond))).toBe('422 EDIT_INVALID');
    const foreign = await mallory.uploadReady(await plainPicture(20, 20, 7));
    expect(await problemOf(await ask(levels, mark(foreign.id)))).toBe('404 MEDIA_NOT_FOUND');
    await rest();
    const fresh = await api.upload(await readFile((await videoFixture('silent.mp4')).path), {
      name: 'silent.mp4',
      type: 'video/mp4',
    });
    expect(await problemOf(await ask(fresh, mute))).toMatch(
      /^(?:422 EDIT_INVALID|409 EDIT_SOURCE_NOT_READY)$/,
    );
    await work();
  });

  it('waits within limits; what is deleted while it waits gives its quota back', async () => {
    await rest();
    const before = await account();
    const waiting = await Promise.all([1, 2, 3].map(() => edit(corners, [{ type: 'mute' }])));
    expect(await account()).toMatchObject({
      usedBytes: before.usedBytes,
      reservedBytes: before.reservedBytes + 3 * corners.size,
      mediaCount: before.mediaCount + 3,
    });
    const refused = await ask(corners, { operations: [{ type: 'mute' }] });
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(await problemOf(refused)).toBe('429 EDITS_EXCEEDED');
    for (const { id } of waiting) await api.send('DELETE', `/v1/media/${id}?permanent=true`);
    expect(await account()).toEqual(before);
    await work();
  });

  it('of what is gone when it is its turn fails, says why and gives its quota back', async () => {
    const source = await video('silent.mp4');
    await rest();
    const before = await account();
    const { id } = await edit(source, [{ type: 'clip', start: 0, end: 1 }]);
    await api.send('DELETE', `/v1/media/${source.id}?permanent=true`);
    await work();
    const failed = await api.until(id, 'failed');
    expect(failed.failure).toMatchObject({ code: 'EDIT_SOURCE_GONE' });
    expect(await account()).toMatchObject({ reservedBytes: before.reservedBytes });
    expect(await problemOf(await api.send('POST', `/v1/media/${id}/reprocess`))).toBe(
      '202 without a problem',
    );
    await api.until(id, 'failed');
  });

  it('that is larger than it was thought to be needs quota for all of it', async () => {
    const bob = await Api.as(service, { sub: 'bob' });
    const { path } = await videoFixture('long-levels.mp4');
    const source = await bob.uploadReady(await readFile(path), { name: 'l.mp4', type: 'video/mp4' });
    const admin = await Api.as(service, { scopes: ['admin', 'media:read'] });
    const limit = (limitBytes: number) => admin.send('PUT', '/v1/quotas/users/bob', { body: { limitBytes } });
    const { usedBytes } = await admin.json<Account>('/v1/quotas/users/bob');
    const cut = { operations: [{ type: 'clip', start: 0, end: 0.5 }] };
    await limit(usedBytes + 10);
    expect(await problemOf(await ask(source, cut, {}, bob))).toBe('413 QUOTA_EXCEEDED');
    // Room for the share of the source, and not for what comes out.
    await limit(usedBytes + Math.ceil(source.size / 80));
    const { id } = await jsonOf<MediaJson>(await ask(source, cut, {}, bob), 202);
    expect((await bob.until(id, 'failed')).failure).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(await admin.json<Account>('/v1/quotas/users/bob')).toMatchObject({ usedBytes, reservedBytes: 0 });
  });

  it('ends when it is deleted while it is made, and leaves nothing behind', async () => {
    const long = await video('long-levels.mp4');
    const before = await account();
    const { id } = await edit(long, [{ type: 'rotate', degrees: 180 }]);
    await eventually(async () => {
      const rows = await onDatabase(
        service,
        `select from quota_reservation where id = $1 and expires_at > now()`,
        [id],
      );
      expect(rows).toHaveLength(1);
    });
    await api.send('DELETE', `/v1/media/${id}?permanent=true`);
    await eventually(async () => expect(await account()).toEqual(before));
    await eventually(async () => {
      const rows = await onDatabase(
        service,
        `select from pending_deletion where prefix like 'originals/%' and sweeping_at is null and due_at > now()`,
      );
      expect(rows).toEqual([]);
    }, 30_000);
  });
});
