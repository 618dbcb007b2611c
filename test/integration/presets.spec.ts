import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { Api, bytesOf, jsonOf, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { photo, plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface PresetJson {
  name: string;
  params: Record<string, unknown>;
  eager: boolean;
  source: string;
}

const env = {
  IMAGE_PRESETS: 'card=width=40&height=30&fit=cover&format=png; wide=width=60&format=webp',
  IMAGE_EAGER_PRESETS: 'wide',
};

describe('presets', () => {
  let service: TestApp;
  let admin: Api;
  let member: Api;
  let media: MediaJson;

  beforeAll(async () => {
    service = await startTestApp({ env });
    admin = await Api.as(service, { sub: 'root', org: 'acme', scopes: ['admin'] });
    member = await Api.as(service, { sub: 'bob', org: 'acme' });
    media = await member.uploadReady(await photo(), {
      name: 'a.jpg',
      type: 'image/jpeg',
      fields: { visibility: 'public' },
    });
  });
  afterAll(() => service.close());

  const path = (target: string, id = media.id) => `/v1/media/${id}/${target}`;
  const put = (name: string, params: object, headers: Record<string, string> = {}) =>
    admin.send('PUT', `/v1/presets/${name}`, { body: { params }, headers });

  async function sizeOf(api: Api, target: string, id = media.id): Promise<string> {
    const response = await api.get(path(target, id));
    if (response.status !== 200) return problemOf(response);
    const { width, height, format } = await sharp(await bytesOf(response)).metadata();
    return `${width} x ${height} ${format}`;
  }

  describe('as a resource', () => {
    it('are made, read, changed and removed', async () => {
      const created = await admin.send('POST', '/v1/presets', {
        body: { name: 'tile', params: { width: '50', format: 'png' } },
      });
      expect([created.status, created.headers.get('location')]).toEqual([201, '/v1/presets/tile']);
      const tag = created.headers.get('etag') ?? '';
      expect(await created.json()).toMatchObject({
        name: 'tile',
        params: { width: 50, format: 'png' },
        eager: false,
        source: 'own',
      });
      expect(await sizeOf(member, 'image?preset=tile')).toBe('50 x 38 png');
      const changed = await put('tile', { width: 20, format: 'png' }, { 'if-match': tag });
      expect(changed.status).toBe(200);
      expect(await sizeOf(member, 'image?preset=tile')).toBe('20 x 15 png');
      expect(await problemOf(await put('tile', { width: 9 }, { 'if-match': tag }))).toBe(
        '412 PRESET_CHANGED',
      );
      const read = await member.get('/v1/presets/tile');
      expect(read.headers.get('etag')).toBe(changed.headers.get('etag'));
      await read.body?.cancel();
      const stale = await admin.send('DELETE', '/v1/presets/tile', { headers: { 'if-match': tag } });
      expect(await problemOf(stale)).toBe('412 PRESET_CHANGED');
      expect((await admin.send('DELETE', '/v1/presets/tile')).status).toBe(204);
      expect(await problemOf(await member.get('/v1/presets/tile'))).toBe('404 PRESET_NOT_FOUND');
      expect(await sizeOf(member, 'image?preset=tile')).toBe('404 PRESET_NOT_FOUND');
    });

    it('are listed with those of the configuration, which own ones hide', async () => {
      expect((await put('wide', { width: 10, format: 'png' })).status).toBe(201);
      const { items } = await member.json<{ items: PresetJson[] }>('/v1/presets');
      expect(items.map(({ name, source }) => [name, source])).toEqual([
        ['wide', 'own'],
        ['card', 'configuration'],
      ]);
      expect(await sizeOf(member, 'image?preset=wide')).toBe('10 x 8 png');
      const foreign = await Api.as(service, { sub: 'eve', org: 'other' });
      const theirs = await foreign.json<{ items: PresetJson[] }>('/v1/presets');
      expect(theirs.items.map(({ source }) => source)).toEqual(['configuration', 'configuration']);
      await admin.send('DELETE', '/v1/presets/wide');
    });

    it('are made once for one Idempotency-Key', async () => {
      const create = () =>
        admin.send('POST', '/v1/presets', {
          body: { name: 'once', params: { width: 5 } },
          headers: { 'idempotency-key': 'make-once' },
        });
      const first = await jsonOf<PresetJson>(await create(), 201);
      expect(await jsonOf<PresetJson>(await create(), 201)).toEqual(first);
      const another = await admin.send('POST', '/v1/presets', {
        body: { name: 'once', params: { width: 5 } },
      });
      expect(await problemOf(another)).toBe('409 PRESET_EXISTS');
    });

    it.each([
      [{ name: 'Bad Name', params: { width: 1 } }, ['name']],
      [{ name: 'a', params: { width: 0 } }, ['params.width']],
      [{ name: 'a', params: { nonsense: 1 } }, ['params.nonsense']],
      [{ name: 'a', params: { preset: 'card' } }, ['params.preset']],
      [{ name: 'a', params: 'width=1' }, ['params']],
      [{ name: 'a' }, ['params']],
    ])('refuse %j by the rules of requests', async (body, fields) => {
      const response = await admin.send('POST', '/v1/presets', { body });
      expect(response.status).toBe(400);
      const { errors } = (await response.json()) as { errors: { field: string }[] };
      expect([...new Set(errors.map(({ field }) => field))]).toEqual(fields);
    });

    it('are a hundred at most', async () => {
      await onDatabase(
        service,
        `insert into preset (id, space, name, params)
           select gen_random_uuid(), 'org:full', 'p' || n, '{"width": 1}' from generate_series(1, 100) n`,
      );
      const of = await Api.as(service, { sub: 'root', org: 'full', scopes: ['admin'] });
      const one = (name: string) => of.send('PUT', `/v1/presets/${name}`, { body: { params: { width: 2 } } });
      expect(await problemOf(await one('more'))).toBe('409 PRESET_LIMIT_REACHED');
      expect((await one('p100')).status).toBe(200);
    });
  });

  describe('access', () => {
    it.each<[string, Parameters<typeof Api.as>[1], string, number]>([
      ['a member reads', { sub: 'bob', org: 'acme' }, '', 200],
      ['a member reads by name of the organization', { sub: 'bob', org: 'acme' }, '?orgId=acme', 200],
      ['a member reads another organization’s', { sub: 'bob', org: 'acme' }, '?orgId=other', 404],
      ['an admin reads another organization’s', { sub: 'root', scopes: ['admin'] }, '?orgId=acme', 200],
      ['a user reads another’s', { sub: 'bob' }, '?userId=alice', 404],
      ['a user reads its own', { sub: 'alice' }, '?userId=alice', 200],
      ['anyone names two', { sub: 'root', scopes: ['admin'] }, '?userId=a&orgId=b', 400],
      ['a writer reads', { sub: 'bob', scopes: ['media:write'] }, '', 403],
    ])('%s', async (_name, caller, query, status) => {
      expect((await (await Api.as(service, caller)).get(`/v1/presets${query}`)).status).toBe(status);
    });

    it('a member changes nothing', async () => {
      const body = { params: { width: 1 } };
      for (const response of [
        await member.send('PUT', '/v1/presets/x', { body }),
        await member.send('POST', '/v1/presets', { body: { name: 'x', ...body } }),
        await member.send('DELETE', '/v1/presets/x'),
      ])
        expect(await problemOf(response)).toBe('403 INSUFFICIENT_SCOPE');
    });

    it('a user who is in no organization has presets of its own', async () => {
      const set = await admin.send('PUT', '/v1/presets/mine?userId=carol', {
        body: { params: { width: 7, format: 'png' } },
      });
      expect(set.status).toBe(201);
      const carol = await Api.as(service, { sub: 'carol' });
      const { id } = await carol.uploadReady(await plainPicture(70, 70, 3));
      expect(await sizeOf(carol, 'image?preset=mine', id)).toBe('7 x 7 png');
    });
  });

  describe('of public media', () => {
    const anyone = () => Api.anonymous(service);

    it.each([
      ['image?preset=card', '40 x 30 png'],
      ['image?preset=card&format=auto', '40 x 30 png'],
      ['image?preset=nothing', '404 PRESET_NOT_FOUND'],
      ['image?preset=card&width=41', '401 UNAUTHENTICATED'],
      ['image?preset=card&format=webp', '401 UNAUTHENTICATED'],
      ['image?width=40', '401 UNAUTHENTICATED'],
      ['image', '401 UNAUTHENTICATED'],
      ['resize?width=40', '401 UNAUTHENTICATED'],
      ['convert?format=png', '401 UNAUTHENTICATED'],
    ])('anyone gets %s: %s', async (target, expected) => {
      expect(await sizeOf(anyone(), target)).toBe(expected);
    });

    it('signed URLs and tokens give the rest, and set single parameters of a preset otherwise', async () => {
      const { url } = await member.sign(media.id, 'image?preset=card&width=20');
      const { width, height } = await sharp(await bytesOf(await anyone().get(url))).metadata();
      expect([width, height]).toEqual([20, 30]);
      expect(await sizeOf(member, 'image?preset=card&height=10')).toBe('40 x 10 png');
    });

    it('private ones stay hidden', async () => {
      const { id } = await member.uploadReady(await plainPicture(80, 80, 4));
      expect(await sizeOf(anyone(), 'image?preset=card', id)).toBe('404 MEDIA_NOT_FOUND');
    });
  });

  describe('made ahead', () => {
    it('are there before anyone asks', async () => {
      await put('early', { width: 33 });
      await put('late', { width: 34, format: 'png' });
      const eager = await admin.send('PUT', '/v1/presets/early', {
        body: { params: { width: 33 }, eager: true },
      });
      expect(eager.status).toBe(200);
      const { id } = await member.uploadReady(await plainPicture(90, 60, 5), { name: 'e.png' });
      await eventually(async () => {
        const made = await onDatabase<{ content_type: string; width: number }>(
          service,
          "select content_type, width from variant where media_id = $1 and kind = 'transform'",
          [id],
        );
        expect(made.map(({ content_type, width }) => `${width} ${content_type}`).toSorted()).toEqual([
          '33 image/avif',
          '33 image/jpeg',
          '33 image/webp',
          '60 image/webp',
        ]);
      }, 30_000);
    });
  });

  describe('alone', () => {
    it('are all there is where nothing else is allowed', async () => {
      const strict = await startTestApp({ beside: service, env: { ...env, IMAGE_PRESETS_ONLY: 'true' } });
      try {
        const api = await Api.as(strict, { sub: 'bob', org: 'acme' });
        expect(await sizeOf(api, 'image?preset=card')).toBe('40 x 30 png');
        for (const target of [
          'image?preset=card&width=9',
          'image?width=9',
          'resize?width=9',
          'convert?format=png',
        ])
          expect([target, await sizeOf(api, target)]).toEqual([target, '403 PRESET_REQUIRED']);
        const { url } = await api.sign(media.id, 'resize?width=9');
        expect(await problemOf(await Api.anonymous(strict).get(url))).toBe('403 PRESET_REQUIRED');
      } finally {
        await strict.close();
      }
    });
  });
});
