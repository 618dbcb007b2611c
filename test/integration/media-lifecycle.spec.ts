import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { derivedPrefix, ObjectStore, PendingDeletions, uploadPrefix } from '../../src/storage/index.js';
import {
  Api,
  bytesOf,
  jsonOf,
  type MediaJson,
  onDatabase,
  problemOf,
  type ProblemJson,
} from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const absent = '01990000-0000-7000-8000-000000000000';

describe('trash, purge and reprocess', () => {
  let service: TestApp;
  let alice: Api;
  let store: ObjectStore;
  let pictures = 0;

  beforeAll(async () => {
    service = await startTestApp();
    alice = await Api.as(service);
    store = service.app.get(ObjectStore, { strict: false });
  });
  afterAll(() => service.close());

  async function upload(fields: Record<string, string> = {}, api = alice): Promise<MediaJson> {
    pictures += 1;
    return api.uploadReady(await plainPicture(300, 200, pictures), { fields });
  }
  const at = (id: string) => `/v1/media/${id}`;
  const remove = async (id: string, query = '', headers = {}) =>
    (await alice.send('DELETE', at(id) + query, { headers })).status;

  /** Deletes what is due, as if the grace period were over. */
  async function sweepAll(): Promise<void> {
    await onDatabase(service, 'update pending_deletion set due_at = now()');
    await service.app.get(PendingDeletions, { strict: false }).sweep(1000);
  }
  const keysOf = async (id: string) =>
    [
      ...(await Array.fromAsync(store.list(uploadPrefix(id)))),
      ...(await Array.fromAsync(store.list(derivedPrefix(id)))),
    ].map(({ key }) => key);

  describe('the trash', () => {
    it('hides from others, and keeps for the owner', async () => {
      const { id } = await upload({ visibility: 'public' });
      expect(await remove(id)).toBe(204);
      expect((await alice.json<MediaJson>(at(id))).deletedAt).toMatch(/Z$/);
      expect((await Api.anonymous(service).get(at(id))).status).toBe(404);
      expect((await (await Api.as(service, { sub: 'bob' })).get(at(id))).status).toBe(404);
      expect(await remove(id)).toBe(204);
    });

    it('gives back all as it was', async () => {
      const media = await upload({ tags: 'a' });
      await remove(media.id);
      const response = await alice.send('POST', `${at(media.id)}/restore`);
      const restored = await jsonOf<MediaJson>(response.clone(), 200);
      expect(restored).toEqual({ ...media, updatedAt: restored.updatedAt });
      expect(response.headers.get('etag')).toBe((await alice.head(at(media.id))).headers.get('etag'));
      expect((await alice.get(`${at(media.id)}/thumbnail`)).status).toBe(200);
      expect(await problemOf(await alice.send('POST', `${at(media.id)}/restore`))).toBe(
        '409 MEDIA_NOT_IN_TRASH',
      );
    });

    it('does not let be reprocessed', async () => {
      const { id } = await upload();
      await remove(id);
      expect(await problemOf(await alice.send('POST', `${at(id)}/reprocess`))).toBe('404 MEDIA_NOT_FOUND');
    });
  });

  it('deletes under the tag that was read alone', async () => {
    const { id } = await upload();
    const old = (await alice.head(at(id))).headers.get('etag') ?? '';
    await alice.patch(id, { tags: ['x'] });
    const now = (await alice.head(at(id))).headers.get('etag') ?? '';
    expect(await remove(id, '', { 'if-match': old })).toBe(412);
    expect(await remove(id, '?permanent=true', { 'if-match': old })).toBe(412);
    expect(await remove(id, '?permanent=true', { 'if-match': now })).toBe(204);
  });

  it('refuses to guess what permanent means', async () => {
    const { id } = await upload();
    for (const query of ['?permanent=yes', '?permanent=', '?permanently=true'])
      expect(await remove(id, query)).toBe(400);
    expect((await alice.get(at(id))).status).toBe(200);
  });

  it('purges row, variants and usage at once, and the bytes after the grace period', async () => {
    const { id } = await upload();
    await bytesOf(await alice.get(`${at(id)}/resize?width=50`));
    expect((await keysOf(id)).length).toBeGreaterThanOrEqual(6);
    const before = await alice.json<{ usedBytes: number; mediaCount: number }>('/v1/quotas/users/alice');
    expect(await remove(id, '?permanent=true')).toBe(204);
    expect((await alice.get(at(id))).status).toBe(404);
    expect((await alice.get(`${at(id)}/download`)).status).toBe(404);
    expect(await onDatabase(service, 'select id from variant where media_id = $1', [id])).toEqual([]);
    const after = await alice.json<{ usedBytes: number; mediaCount: number }>('/v1/quotas/users/alice');
    expect(after.mediaCount).toBe(before.mediaCount - 1);
    expect(after.usedBytes).toBeLessThan(before.usedBytes);
    await service.app.get(PendingDeletions, { strict: false }).sweep(1000);
    expect((await keysOf(id)).length).toBeGreaterThan(0);
    await sweepAll();
    expect(await keysOf(id)).toEqual([]);
    expect(await remove(id, '?permanent=true')).toBe(404);
  });

  it('purges what is in the trash', async () => {
    const { id } = await upload();
    await remove(id);
    expect(await remove(id, '?permanent=true')).toBe(204);
    expect((await alice.get(at(id))).status).toBe(404);
  });

  describe('the batch', () => {
    interface Result {
      id: string;
      status: number;
      problem?: ProblemJson;
    }
    const batch = (body: unknown, api = alice) => api.send('POST', '/v1/media/batch/delete', { body });

    it('says of each what became of it, in the order asked', async () => {
      const bob = await Api.as(service, { sub: 'bob' });
      const own = await upload();
      const shown = await upload({ visibility: 'public' }, bob);
      const hidden = await upload({}, bob);
      const { results } = await jsonOf<{ results: Result[] }>(
        await batch({ ids: [absent, own.id, shown.id, hidden.id] }),
        200,
      );
      expect(results.map(({ id, status, problem }) => [id, status, problem?.code])).toEqual([
        [absent, 404, 'MEDIA_NOT_FOUND'],
        [own.id, 204, undefined],
        [shown.id, 403, 'MEDIA_FORBIDDEN'],
        [hidden.id, 404, 'MEDIA_NOT_FOUND'],
      ]);
      expect((await alice.json<MediaJson>(at(own.id))).deletedAt).not.toBeNull();
      expect((await bob.json<MediaJson>(at(shown.id))).deletedAt).toBeNull();
    });

    it('purges when told to', async () => {
      const { id } = await upload();
      await batch({ ids: [id], permanent: true });
      expect((await alice.get(at(id))).status).toBe(404);
    });

    it('takes a thousand', async () => {
      const ids = Array.from({ length: 1000 }, (_, index) =>
        absent.replace(/0{4}$/, String(index).padStart(4, '0')),
      );
      const { results } = await jsonOf<{ results: Result[] }>(await batch({ ids }), 200);
      expect(results.length).toBe(1000);
      expect((await batch({ ids: [...ids, absent.replace('0199', '0198')] })).status).toBe(400);
    });

    it.each([
      [{ ids: [] }],
      [{}],
      [{ ids: ['x'] }],
      [{ ids: absent }],
      [{ ids: [absent, absent] }],
      [{ ids: [absent], permanent: 'yes' }],
      [{ ids: [null] }],
    ])('refuses %j', async (body) => expect((await batch(body)).status).toBe(400));
  });

  describe('a reprocess', () => {
    const namesAndKeys = (id: string) =>
      onDatabase<{ name: string; kind: string; storage_key: string }>(
        service,
        'select name, kind, storage_key from variant where media_id = $1 order by name',
        [id],
      );

    it('makes the variants again, keeps transforms, and deletes the old bytes later', async () => {
      const { id } = await upload();
      const transform = async () =>
        (await alice.get(`${at(id)}/resize?width=77&format=webp`)).headers.get('etag');
      const thumbnail = () => alice.head(`${at(id)}/thumbnail`);
      const tag = await transform();
      const [before, seen] = [await namesAndKeys(id), await thumbnail()];

      const response = await alice.send('POST', `${at(id)}/reprocess`);
      expect(await jsonOf(response.clone(), 202)).toMatchObject({ id, status: 'scanning' });
      // What is there can be had until there is better.
      expect((await thumbnail()).status).toBe(200);
      await alice.until(id);
      const after = await namesAndKeys(id);
      expect(after.map(({ name }) => name)).toEqual(before.map(({ name }) => name));
      const changed = (kind: string) => (key: { kind: string; storage_key: string }, index: number) =>
        key.kind === kind && key.storage_key !== before[index]?.storage_key;
      expect(after.filter(changed('thumbnail')).length).toBe(3);
      expect(after.filter(changed('transform')).length).toBe(0);
      expect(await transform()).toBe(tag);

      await eventually(async () => {
        const now = await thumbnail();
        expect(now.headers.get('etag')).not.toBe(seen.headers.get('etag'));
        expect(Date.parse(now.headers.get('last-modified') ?? '')).toBeGreaterThanOrEqual(
          Date.parse(seen.headers.get('last-modified') ?? ''),
        );
      });
      const old = before.find(({ kind }) => kind === 'thumbnail')?.storage_key ?? '';
      expect(await store.head(old)).not.toBeNull();
      await sweepAll();
      expect(await store.head(old)).toBeNull();
      for (const { storage_key } of after) expect(await store.head(storage_key)).not.toBeNull();
      expect((await bytesOf(await alice.get(`${at(id)}/thumbnail`))).length).toBeGreaterThan(0);
      expect(
        await onDatabase(service, "select prefix from pending_deletion where prefix like '%' || $1 || '%'", [
          id,
        ]),
      ).toEqual([]);
    });

    it('says when a variant was made, not when the original came', async () => {
      const { id } = await upload();
      await onDatabase(service, "update media set created_at = '2020-01-01' where id = $1", [id]);
      await eventually(async () => {
        const modified = async (target: string) =>
          (await alice.head(`${at(id)}/${target}`)).headers.get('last-modified');
        expect(await modified('download')).toBe('Wed, 01 Jan 2020 00:00:00 GMT');
        expect(Date.parse((await modified('thumbnail')) ?? '')).toBeGreaterThan(Date.parse('2026-01-01'));
      });
    });

    it('is refused while one is under way', async () => {
      const { id } = await upload();
      const statuses = await Promise.all(
        Array.from({ length: 5 }, async () => (await alice.send('POST', `${at(id)}/reprocess`)).status),
      );
      expect(statuses.toSorted()).toEqual([202, 409, 409, 409, 409]);
      await alice.until(id);
      await onDatabase(service, "update media set status = 'processing' where id = $1", [id]);
      expect(await problemOf(await alice.send('POST', `${at(id)}/reprocess`))).toBe(
        '409 MEDIA_NOT_REPROCESSABLE',
      );
    });

    it('mends what has failed', async () => {
      const { id } = await upload();
      await onDatabase(
        service,
        "update media set status = 'failed', failure_code = 'X', failure_detail = 'x' where id = $1",
        [id],
      );
      expect((await alice.json<MediaJson>(at(id))).failure).toEqual({ code: 'X', detail: 'x' });
      expect((await alice.send('POST', `${at(id)}/reprocess`)).status).toBe(202);
      expect((await alice.until(id)).failure).toBeNull();
    });

    it('is never done to what is quarantined', async () => {
      const { id } = await upload();
      await onDatabase(service, "update media set status = 'quarantined', clean = false where id = $1", [id]);
      expect(await problemOf(await alice.send('POST', `${at(id)}/reprocess`))).toBe(
        '409 MEDIA_NOT_REPROCESSABLE',
      );
    });
  });

  describe('statistics', () => {
    it('count by kind, status and day, without the trash', async () => {
      const sam = await Api.as(service, { sub: 'sam', org: 'initech' });
      const media = [await upload({}, sam), await upload({}, sam), await upload({}, sam)];
      const [first, second, third] = media.map(({ id }) => id);
      await onDatabase(service, "update media set created_at = '2026-01-31 23:59:59.999Z' where id = $1", [
        first,
      ]);
      await sam.send('DELETE', at(third ?? ''));
      const bytes = (media[0]?.size ?? 0) + (media[1]?.size ?? 0);
      const tally = { count: 2, bytes };
      const expected = {
        total: tally,
        byKind: { image: tally },
        byStatus: { ready: tally },
        byDay: [
          { day: new Date().toISOString().slice(0, 10), count: 1, bytes: media[1]?.size },
          { day: '2026-01-31', count: 1, bytes: media[0]?.size },
        ],
      };
      expect(await sam.json('/v1/stats/users/sam')).toEqual(expected);
      expect(await sam.json('/v1/stats/orgs/initech')).toEqual(expected);
      expect(second).toBeDefined();
    });

    it('are nothing for who has nothing', async () => {
      const nobody = await Api.as(service, { sub: 'nobody' });
      expect(await nobody.json('/v1/stats/users/nobody')).toEqual({
        total: { count: 0, bytes: 0 },
        byKind: {},
        byStatus: {},
        byDay: [],
      });
    });

    it('are for oneself, for members and for admins', async () => {
      const admin = await Api.as(service, { sub: 'root', scopes: ['admin'] });
      for (const path of ['/v1/stats/users/sam', '/v1/stats/orgs/initech']) {
        expect(await problemOf(await alice.get(path))).toBe('404 ACCOUNT_NOT_FOUND');
        expect((await admin.get(path)).status).toBe(200);
      }
      expect(await problemOf(await admin.get('/v1/stats/users/%00'))).toBe('404 ACCOUNT_NOT_FOUND');
    });
  });
});
