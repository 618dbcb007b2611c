import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { MeteredAdmission } from '../../src/delivery/admission/metered-admission.js';
import { deliverable } from '../../src/delivery/delivery-access.js';
import { TransformIndex } from '../../src/delivery/transforms/transform-index.js';
import { TransformStore } from '../../src/delivery/transforms/transform-store.js';
import { MediaLookup } from '../../src/media/index.js';
import type { RenderedImage } from '../../src/processing/index.js';
import { ObjectStore } from '../../src/storage/index.js';
import { Api, bytesOf, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { photo, plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const never = new AbortController().signal;
const stranger = '0199bbbb-0000-7000-8000-000000000000';

interface TransformRow {
  name: string;
  storage_key: string;
  provisional: boolean;
  size_bytes: string;
}

describe('the image cache', () => {
  let service: TestApp;
  let beside: TestApp;
  let alice: Api;
  let other: Api;
  let media: MediaJson;

  beforeAll(async () => {
    service = await startTestApp({ env: { CACHE_TTL_SECONDS: '1' } });
    // A second process of the same service, with other limits.
    beside = await startTestApp({
      beside: service,
      env: {
        ROLE: 'api',
        CACHE_TTL_SECONDS: '1',
        IMAGE_AVIF_MAX_COST: '0',
        IMAGE_CLIENT_HINTS: 'true',
        IMAGE_MEMORY_CACHE_BYTES: '0',
      },
    });
    alice = await Api.as(service);
    other = await Api.as(beside);
    media = await alice.uploadReady(await photo(), { name: 'beach.jpg', type: 'image/jpeg' });
  });
  afterAll(async () => {
    await beside.close();
    await service.close();
  });

  const path = (target: string, id = media.id) => `/v1/media/${id}/${target}`;

  /** Of both apps: they share the metrics of the process. */
  async function metric(name: string): Promise<number> {
    const text = await (await alice.get('/metrics')).text();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
    return Number(line?.split(' ')[1] ?? 0);
  }

  const rows = (id = media.id) =>
    onDatabase<TransformRow>(
      service,
      "select * from variant where media_id = $1 and kind = 'transform' order by created_at, id",
      [id],
    );

  /** The row that a request has made, in the format of its extension. */
  async function made(api: Api, target: string, headers: Record<string, string> = {}): Promise<TransformRow> {
    const before = new Set((await rows()).map(({ name }) => name));
    const response = await api.get(path(target), headers);
    expect(response.status).toBe(200);
    await response.body?.cancel();
    const row = (await rows()).find(({ name }) => !before.has(name));
    if (!row) throw new Error('no row was made');
    return row;
  }

  const lease = (hash: string, expires: string) =>
    onDatabase(
      service,
      `insert into transform_lease (media_id, name, token, expires_at) values ($1, $2, $3, now() + $4::interval)`,
      [media.id, hash, stranger, expires],
    );

  /** The hash of a transform that is not there any more. */
  async function forgotten(target: string): Promise<string> {
    const { name } = await made(alice, target);
    await onDatabase(service, 'delete from variant where media_id = $1 and name = $2', [media.id, name]);
    for (const { app } of [service, beside])
      await app.get(TransformIndex).forget({ mediaId: media.id, hash: name });
    return name;
  }

  it('makes a result again whose bytes are gone, as after a crash of the machine', async () => {
    const target = 'resize?width=87&format=png';
    const lost = await made(other, target);
    await service.app.get(ObjectStore).delete(lost.storage_key);
    const responses = await Promise.all(
      ['bytes=0-', 'bytes=0-9', 'bytes=1-'].map((range) => other.get(path(target), { range })),
    );
    expect(responses.map(({ status }) => status)).toEqual([206, 206, 206]);
    const [whole] = await Promise.all(responses.map(bytesOf));
    expect(whole).toHaveLength(Number(lost.size_bytes));
    const again = (await rows()).filter(({ name }) => name === lost.name);
    expect(again).toHaveLength(1);
    expect(again[0]?.storage_key).not.toBe(lost.storage_key);
  });

  describe('asked for the same by many at once', () => {
    it('makes it once, in all processes together', async () => {
      const renders = 'media_transform_renders_total{for="request"}';
      const before = [await metric(renders), (await rows()).length];
      const responses = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          (index % 2 ? alice : other).get(path('resize?width=501&format=webp')),
        ),
      );
      const bodies = await Promise.all(responses.map(bytesOf));
      const refused = responses.flatMap(({ status }, at) => (status === 200 ? [] : [String(bodies[at])]));
      expect(refused).toEqual([]);
      expect(new Set(bodies.map((body) => body.toString('base64'))).size).toBe(1);
      expect(new Set(responses.map(({ headers }) => headers.get('etag'))).size).toBe(1);
      expect([await metric(renders), (await rows()).length]).toEqual([
        (before[0] ?? 0) + 1,
        (before[1] ?? 0) + 1,
      ]);
      expect(await onDatabase(service, 'select * from transform_lease')).toEqual([]);
      expect(
        await onDatabase(
          service,
          "select prefix from pending_deletion where prefix like '%' || $1 || '/v/%'",
          [media.id],
        ),
      ).toEqual([]);
    });

    it('counts who was served by the work for another', async () => {
      const coalesced = 'media_transform_requests_total{result="coalesced"}';
      const before = await metric(coalesced);
      const responses = await Promise.all(
        Array.from({ length: 5 }, () => alice.get(path('resize?width=502&format=webp'))),
      );
      for (const response of responses) await response.body?.cancel();
      expect(await metric(coalesced)).toBe(before + 4);
    });
  });

  describe('when another process holds the lease', () => {
    it('takes over from one that died', async () => {
      const target = 'resize?width=300&format=jpeg';
      const hash = await forgotten(target);
      await lease(hash, '2 seconds');
      const response = await alice.get(path(target));
      expect(response.status).toBe(200);
      await response.body?.cancel();
      expect((await rows()).map(({ name }) => name)).toContain(hash);
      expect(await onDatabase(service, 'select * from transform_lease')).toEqual([]);
    });

    it('waits no longer than configured, and says when to come back', async () => {
      const target = 'resize?width=301&format=jpeg';
      const hash = await forgotten(target);
      await lease(hash, '1 hour');
      const impatient = await startTestApp({
        beside: service,
        env: { ROLE: 'api', TRANSFORM_QUEUE_TIMEOUT_SECONDS: '1' },
      });
      try {
        const response = await (await Api.as(impatient)).get(path(target));
        expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
        expect(await problemOf(response)).toBe('503 TRANSFORM_BUSY');
      } finally {
        await impatient.close();
      }
      await onDatabase(service, 'delete from transform_lease');
    });

    it('hears at once when it is done', async () => {
      const target = 'resize?width=302&format=jpeg';
      const hash = await forgotten(target);
      await lease(hash, '1 hour');
      const waiting = alice.get(path(target));
      await eventually(async () =>
        expect(await onDatabase(service, 'select wanted from transform_lease')).toEqual([{ wanted: true }]),
      );
      await onDatabase(service, 'delete from transform_lease');
      await onDatabase(
        service,
        `select pg_notify('transform_done', json_build_object('mediaId', $1::text, 'name', $2::text)::text)`,
        [media.id, hash],
      );
      const response = await waiting;
      expect(response.status).toBe(200);
      await response.body?.cancel();
    });

    it('keeps the bytes of whoever was first, and none of who took itself for the holder', async () => {
      const key = { mediaId: media.id, hash: 'f'.repeat(32) };
      const picture = (text: string): RenderedImage => ({
        data: Buffer.from(text),
        contentType: 'image/webp',
        width: 1,
        height: 1,
      });
      const [first, second] = [service, beside].map(({ app }) => app.get(TransformStore));
      const kept = await first?.keep(key, picture('first'), { provisional: false });
      expect(await second?.keep(key, picture('second'), { provisional: false })).toBeNull();
      const row = (await rows()).find(({ name }) => name === key.hash);
      expect([row?.storage_key, row?.size_bytes]).toEqual([kept?.storageKey, '5']);
      expect(await stored(row?.storage_key ?? '')).toBe('first');
      const pending = await onDatabase(service, "select * from pending_deletion where prefix like 'media/%'");
      expect(pending).toEqual([]);
    });
  });

  describe('when there is no room', () => {
    it('refuses, and gives the place of a client that went away to the next', async () => {
      const narrow = await startTestApp({
        beside: service,
        env: { ROLE: 'api', TRANSFORM_CONCURRENCY: '1', TRANSFORM_QUEUE_LENGTH: '1' },
      });
      const api = await Api.as(narrow);
      const held = Promise.withResolvers<void>();
      const entrance = { cost: 1, signal: never };
      const holder = narrow.app.get(MeteredAdmission).run(entrance, () => held.promise);
      try {
        const client = new AbortController();
        const gone = api.request(path('resize?width=401&format=jpeg'), { signal: client.signal });
        gone.catch(() => undefined);
        const waiting = (count: number) =>
          eventually(async () => expect(await metric('media_transforms_waiting')).toBe(count));
        await waiting(1);
        const refused = await api.get(path('resize?width=402&format=jpeg'));
        expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
        expect(await problemOf(refused)).toBe('503 TRANSFORM_BUSY');
        expect((await api.get('/health/live')).status).toBe(200);
        client.abort();
        await waiting(0);
        const next = api.get(path('resize?width=403&format=jpeg'));
        await waiting(1);
        held.resolve();
        const response = await next;
        expect(response.status).toBe(200);
        await response.body?.cancel();
        expect(await onDatabase(service, 'select * from transform_lease')).toEqual([]);
      } finally {
        held.resolve();
        await holder;
        await narrow.close();
      }
    });
  });

  async function stored(key: string): Promise<string> {
    return (await buffer(await service.app.get(ObjectStore).get(key))).toString();
  }

  describe('by Accept', () => {
    const browser = 'image/avif,image/webp,*/*';
    const typeOf = async (api: Api, target: string) => {
      const response = await api.get(path(target), { accept: browser });
      await response.body?.cancel();
      expect(response.headers.get('vary')).toContain('Accept');
      return response.headers.get('content-type');
    };

    it('gives AVIF at once where it is cheap', async () => {
      expect(await typeOf(alice, 'resize?width=71')).toBe('image/avif');
    });

    it('gives WebP where AVIF is not, and AVIF once a job has made it', async () => {
      expect(await typeOf(other, 'resize?width=72')).toBe('image/webp');
      await eventually(async () => {
        const avif = await onDatabase(
          service,
          "select provisional from variant where media_id = $1 and content_type = 'image/avif' and width = 72",
          [media.id],
        );
        expect(avif).toEqual([{ provisional: false }]);
      }, 30_000);
      await eventually(async () => expect(await typeOf(other, 'resize?width=72')).toBe('image/avif'), 30_000);
    });

    it('makes an AVIF that is asked for by name, whatever it costs', async () => {
      const response = await other.get(path('resize?width=73&format=avif'));
      expect(response.headers.get('content-type')).toBe('image/avif');
      await response.body?.cancel();
    });
  });

  describe('by client hints', () => {
    const widthFor = async (api: Api, target: string, headers: Record<string, string>) => {
      const response = await api.get(path(target), { accept: 'image/jpeg', ...headers });
      const { width } = await (await import('sharp')).default(await bytesOf(response)).metadata();
      return { width, asks: response.headers.get('accept-ch'), varies: response.headers.get('vary') };
    };

    it.each([
      ['image', { 'sec-ch-width': '150' }, 160],
      ['image', { width: '170' }, 320],
      ['image?width=100', { 'sec-ch-dpr': '1.9' }, 200],
      ['image?width=100&dpr=1', { dpr: '3' }, 100],
      ['image?width=100', { dpr: '2', 'save-data': 'on' }, 100],
    ])('%s with %j', async (target, headers, width) => {
      const answer = await widthFor(other, target, headers);
      expect(answer.width).toBe(width);
      expect(answer.asks).toContain('Sec-CH-Width');
      expect(answer.varies).toMatch(/Accept.*DPR.*Width.*Save-Data/);
    });

    it('follows none unless they are switched on', async () => {
      expect(await widthFor(alice, 'image?width=100', { dpr: '2' })).toMatchObject({
        width: 100,
        asks: null,
        varies: 'Accept',
      });
    });
  });

  describe('replacing hasty bytes', () => {
    it('leaves the old ones to those who read them, and names the new ones by another tag', async () => {
      const target = 'resize?width=91&format=avif';
      const row = await made(alice, target);
      expect(row.provisional).toBe(true);
      const first = await alice.head(path(target));
      const key = { mediaId: media.id, hash: row.name };
      const index = service.app.get(TransformIndex);
      const old = await index.read(key);
      const view = deliverable(await service.app.get(MediaLookup).find(media.id));
      if (!old || !view) throw new Error('it is not there');
      const reader = await service.app.get(ObjectStore).get(old.storageKey);
      const image: RenderedImage = {
        data: Buffer.alloc(old.sizeBytes - 1, 'n'),
        contentType: 'image/avif',
        width: 91,
        height: 68,
      };
      const results = service.app.get(TransformStore);
      // Only one of two workers that both believe to be the one.
      const swaps = await Promise.all([results.upgrade(key, old, image), results.upgrade(key, old, image)]);
      expect(swaps.toSorted()).toEqual([false, true]);
      await index.forget(key);
      expect((await buffer(reader)).length).toBe(old.sizeBytes);
      const now = await alice.head(path(target));
      expect(now.headers.get('etag')).not.toBe(first.headers.get('etag'));
      expect(now.headers.get('content-length')).toBe(String(old.sizeBytes - 1));
      expect(await index.read(key)).toMatchObject({ provisional: false });
      const [due] = await onDatabase<{ prefix: string; soon: boolean }>(
        service,
        `select prefix, due_at < now() + interval '5 minutes' as soon from pending_deletion where prefix like 'media/%'`,
      );
      expect(due).toEqual({ prefix: old.storageKey.replace(/transform$/, ''), soon: false });
      expect(await stored(old.storageKey)).toHaveLength((await stored(old.storageKey)).length);
    });

    it('keeps what would not become smaller', async () => {
      const row = await made(alice, 'resize?width=92&format=avif');
      const key = { mediaId: media.id, hash: row.name };
      const old = await service.app.get(TransformIndex).read(key);
      if (!old) throw new Error('it is not there');
      const image = {
        data: Buffer.alloc(old.sizeBytes),
        contentType: 'image/avif',
        width: 1,
        height: 1,
      } as const;
      expect(await service.app.get(TransformStore).upgrade(key, old, image)).toBe(false);
      expect(await service.app.get(TransformIndex).read(key)).toEqual({ ...old, provisional: false });
    });

    it('is asked of a job by whoever asks for the same again', async () => {
      const target = 'resize?width=93&format=avif';
      const { name } = await made(alice, target);
      await (await alice.get(path(target))).body?.cancel();
      await eventually(async () => {
        const row = (await rows()).find((candidate) => candidate.name === name);
        expect(row?.provisional).toBe(false);
      }, 30_000);
    });
  });

  describe('what can not be made', () => {
    it('is decoded once in a while, and kept by caches for moments', async () => {
      const { id } = await alice.uploadReady(await plainPicture(50, 40, 7), {
        fields: { visibility: 'public' },
      });
      const view = deliverable(await service.app.get(MediaLookup).find(id));
      if (!view) throw new Error('it is not there');
      const files = await readdir(service.dataDir, { recursive: true });
      const file = files.find((name) => name.endsWith(view.storageKey)) ?? '';
      await writeFile(join(service.dataDir, file), Buffer.from('rotten'));
      const names = [
        'media_transform_renders_total{for="request"}',
        'media_transform_requests_total{result="negative"}',
      ];
      const before = await Promise.all(names.map(metric));
      const { url } = await alice.sign(id, 'resize?width=20&format=png');
      for (const _ of [1, 2]) {
        const response = await Api.anonymous(service).get(url);
        expect(response.headers.get('cache-control')).toBe('public, max-age=10');
        expect(await problemOf(response)).toMatch(/^422 IMAGE_/);
      }
      const after = await Promise.all(names.map(metric));
      expect(after.map((value, index) => value - (before[index] ?? 0))).toEqual([1, 1]);
    });

    it('is not kept by shared caches when it was for one alone', async () => {
      const response = await alice.get(path('image?width=99999'));
      expect(response.headers.get('cache-control')).toBe('no-store');
      await response.body?.cancel();
    });
  });

  describe('headers for shared caches', () => {
    it('let them give out what they have while they ask anew, and name it for purges', async () => {
      const { id } = await alice.uploadReady(await plainPicture(60, 40, 8), {
        fields: { visibility: 'public' },
      });
      const shared = await alice.get(path('resize?width=30', id));
      expect(Object.fromEntries(shared.headers)).toMatchObject({
        'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
        'surrogate-key': `media-${id}`,
        'cache-tag': `media-${id}`,
      });
      const original = await Api.anonymous(service).get(path('download', id));
      expect(original.headers.get('cache-control')).toBe('public, max-age=3600');
      expect(original.headers.get('surrogate-key')).toBe(`media-${id}`);
      const own = await alice.get(path('resize?width=30'));
      expect([own.headers.get('cache-control'), own.headers.get('surrogate-key')]).toEqual([
        'private, no-cache',
        null,
      ]);
      for (const response of [shared, original, own]) await response.body?.cancel();
    });
  });
});
