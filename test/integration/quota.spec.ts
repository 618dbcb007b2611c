import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/common/index.js';
import { Database } from '../../src/database/index.js';
import { MediaCommitService, MediaRemovalService } from '../../src/media/index.js';
import { type QuotaOwner, QuotaAccountsService, QuotaService } from '../../src/quota/index.js';
import { PendingDeletions, uploadPrefix } from '../../src/storage/index.js';
import { eventually } from '../support/eventually.js';
import { formEnd, formHeaders, multipart, openUpload, partHead, pictureOf } from '../support/multipart.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { clear, noTraces, tracesOf } from '../support/traces.js';

const alice: QuotaOwner = { userId: 'alice', orgId: null };
const aliceOfAcme: QuotaOwner = { userId: 'alice', orgId: 'acme' };

describe('quota', () => {
  let service: TestApp;
  let quota: QuotaService;
  let accounts: QuotaAccountsService;
  let database: Database;
  let authorization: string;
  let admin: string;
  beforeAll(async () => {
    service = await startTestApp({
      env: { ROLE: 'api', DATABASE_POOL_SIZE: '20', QUOTA_USER_DEFAULT_BYTES: '1000000' },
    });
    quota = service.app.get(QuotaService);
    accounts = service.app.get(QuotaAccountsService);
    database = service.app.get(Database);
    authorization = await service.bearer({ org: 'acme' });
    admin = await service.bearer({ sub: 'root', scopes: ['admin', 'media:read', 'media:write'] });
  });
  afterEach(() => clear(service));
  afterAll(() => service.close());

  const reserve = (owner: QuotaOwner, bytes: number, id = newId()): Promise<string> =>
    database.transaction((tx) => quota.reserve(tx, id, { owner, bytes })).then(() => id);
  const user = (subjectId = 'alice') => accounts.read({ scope: 'user', subjectId });
  const org = (subjectId = 'acme') => accounts.read({ scope: 'org', subjectId });
  const sql = (statement: string, ...parameters: unknown[]) =>
    database.unit().execute(statement, parameters, 'run');
  const expire = () => sql("update quota_reservation set expires_at = now() - interval '1 second'");
  const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;
  const upload = (bytes: number, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${service.url}/v1/media`, {
      method: 'POST',
      body: multipart([
        { name: 'file', filename: 'a.png', type: 'image/png', body: pictureOf(bytes) },
      ]) as RequestInit['body'],
      headers: { authorization, ...formHeaders, ...headers },
    });

  describe('under concurrent claims', () => {
    it('grants exactly the 100 of 400 that fit', async () => {
      await accounts.setLimit({ scope: 'user', subjectId: 'alice' }, 100 * 777);
      const outcomes = await Promise.allSettled(Array.from({ length: 400 }, () => reserve(alice, 777)));
      const refusals = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [codeOf(outcome.reason)] : [],
      );
      expect(refusals).toEqual(Array.from({ length: 300 }, () => 'QUOTA_EXCEEDED'));
      expect(await user()).toMatchObject({ reservedBytes: 100 * 777, usedBytes: 0 });
      expect(await tracesOf(service)).toMatchObject({ reservations: 100 });
    });

    it('holds for many users of one organization', async () => {
      await accounts.setLimit({ scope: 'org', subjectId: 'acme' }, 50 * 100);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 200 }, (_, index) =>
          reserve({ userId: `user-${index % 7}`, orgId: 'acme' }, 100),
        ),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
      expect(await org()).toMatchObject({ reservedBytes: 50 * 100 });
      expect(await tracesOf(service)).toMatchObject({ reservedBytes: 50 * 100 });
    });

    it.each([10_000, 150_000])('lets in exactly those of 60 uploads of %i bytes that fit', async (bytes) => {
      await accounts.setLimit({ scope: 'user', subjectId: 'alice' }, 20 * bytes);
      const statuses = await Promise.all(
        Array.from({ length: 60 }, async () => {
          const response = await upload(bytes);
          await response.body?.cancel();
          return response.status;
        }),
      );
      expect(statuses.filter((status) => status === 201)).toHaveLength(20);
      expect(statuses.filter((status) => status === 413)).toHaveLength(40);
      expect(await tracesOf(service)).toMatchObject({
        media: 20,
        reservations: 0,
        // All have the same bytes: those of one are kept, and of the refused ones nothing is left.
        originals: 1,
        pendingDeletions: 19,
        unfinished: [],
        reservedBytes: 0,
        usedBytes: 20 * bytes,
      });
      expect(await accounts.recalculate()).toEqual([]);
    });
  });

  describe('of a reservation', () => {
    it('is claimed from user and organization alike, grows, and becomes usage', async () => {
      const id = await reserve(aliceOfAcme, 100);
      await quota.extend(id, aliceOfAcme, 50);
      for (const read of [user, org])
        expect(await read()).toMatchObject({ reservedBytes: 150, usedBytes: 0 });
      await database.transaction((tx) => quota.commit(tx, id, 120));
      for (const read of [user, org])
        expect(await read()).toMatchObject({ reservedBytes: 0, usedBytes: 120, mediaCount: 1 });
    });

    it('is given back, once', async () => {
      const id = await reserve(aliceOfAcme, 100);
      await database.transaction((tx) => quota.release(tx, id));
      await database.transaction((tx) => quota.release(tx, id));
      for (const read of [user, org]) expect(await read()).toMatchObject({ reservedBytes: 0, usedBytes: 0 });
    });

    it('leaves the user alone when the organization has no room', async () => {
      await accounts.setLimit({ scope: 'org', subjectId: 'acme' }, 99);
      await expect(reserve(aliceOfAcme, 100)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED', status: 413 });
      expect(await user()).toMatchObject({ reservedBytes: 0 });
    });

    it('stays as it was when it can not grow', async () => {
      const id = await reserve(alice, 100);
      await expect(quota.extend(id, alice, 1_000_000)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
      await database.transaction((tx) => quota.commit(tx, id, 100));
      expect(await user()).toMatchObject({ reservedBytes: 0, usedBytes: 100 });
    });

    it('is no licence to store more than was reserved', async () => {
      const id = await reserve(alice, 100);
      const commit = database.transaction((tx) => quota.commit(tx, id, 101));
      await expect(commit).rejects.toMatchObject({ code: 'RESERVATION_LOST' });
      expect(await user()).toMatchObject({ reservedBytes: 100, usedBytes: 0 });
    });

    it('is refused in an account that is over its limit, however small', async () => {
      const id = await reserve(alice, 100);
      await database.transaction((tx) => quota.commit(tx, id, 100));
      await accounts.setLimit({ scope: 'user', subjectId: 'alice' }, 10);
      await expect(reserve(alice, 1)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
      expect(await user()).toMatchObject({ usedBytes: 100, limitBytes: 10 });
    });
  });

  describe('of a reservation that was forgotten', () => {
    it('is released after its time, and not before', async () => {
      await reserve(aliceOfAcme, 100);
      expect(await quota.releaseExpired(10)).toBe(0);
      await expire();
      expect(await quota.releaseExpired(10)).toBe(1);
      for (const read of [user, org]) expect(await read()).toMatchObject({ reservedBytes: 0 });
    });

    it('is kept by whoever extends it', async () => {
      const id = await reserve(alice, 100);
      await expire();
      await quota.extend(id, alice, 0);
      expect(await quota.releaseExpired(10)).toBe(0);
    });

    it('is released once by many sweepers, at most as many as asked', async () => {
      for (let made = 0; made < 12; made += 1) await reserve(aliceOfAcme, 100);
      await expire();
      expect(await quota.releaseExpired(2)).toBe(2);
      await Promise.all(Array.from({ length: 5 }, () => quota.releaseExpired(100)));
      expect(await user()).toMatchObject({ reservedBytes: 0 });
      expect(await accounts.recalculate()).toEqual([]);
    });

    it('is lost to its upload, which leaves nothing', async () => {
      const { request, answer } = openUpload(`${service.url}/v1/media`, { authorization });
      request.write(partHead({ name: 'file', filename: 'a.png', type: 'image/png' }));
      request.write(pictureOf(5000));
      await eventually(async () => expect((await user()).reservedBytes).toBeGreaterThanOrEqual(5000));
      await expire();
      await quota.releaseExpired(10);
      request.end(formEnd);
      expect(await answer).toMatchObject({ status: 409, body: { code: 'RESERVATION_LOST' } });
      expect(await tracesOf(service)).toEqual(noTraces);
    });

    it('does not save an upload whose bytes are being deleted', async () => {
      const id = await reserve(alice, 5000);
      await service.app.get(PendingDeletions).register(database.unit(), uploadPrefix(id), new Date());
      await service.app.get(PendingDeletions).sweep(10);
      const commit = service.app.get(MediaCommitService).commit({
        id,
        ownerId: 'alice',
        orgId: null,
        filename: 'a.png',
        contentType: 'image/png',
        kind: 'image',
        sizeBytes: 5000,
        sha256: '0'.repeat(64),
        visibility: 'private',
        tags: [],
        customMetadata: {},
      });
      await expect(commit).rejects.toMatchObject({ code: 'UPLOAD_EXPIRED', status: 409 });
      expect(await user()).toMatchObject({ usedBytes: 0, reservedBytes: 5000, mediaCount: 0 });
    });
  });

  describe('recalculation', () => {
    const recalculate = async (body: object = {}, token = admin) =>
      fetch(`${service.url}/v1/admin/quotas/recalculate`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { authorization: token, 'content-type': 'application/json' },
      });

    it('finds what has drifted, mends it, and finds nothing more', async () => {
      await upload(5000);
      await reserve(aliceOfAcme, 300);
      await sql("update quota set used_bytes = 7, reserved_bytes = 0, media_count = 9 where scope = 'user'");
      expect(await (await recalculate()).json()).toEqual({
        drifts: [
          {
            scope: 'user',
            subjectId: 'alice',
            usedBytes: { was: 7, is: 5000 },
            reservedBytes: { was: 0, is: 300 },
            mediaCount: { was: 9, is: 1 },
          },
        ],
      });
      expect(await user()).toMatchObject({ usedBytes: 5000, reservedBytes: 300, mediaCount: 1 });
      expect(await (await recalculate()).json()).toEqual({ drifts: [] });
    });

    it('makes up an account that was lost', async () => {
      await upload(5000);
      await sql('delete from quota');
      const { drifts } = (await (await recalculate({ orgId: 'acme' })).json()) as { drifts: unknown[] };
      expect(drifts).toMatchObject([{ scope: 'org', usedBytes: { was: 0, is: 5000 } }]);
      expect(await org()).toMatchObject({ usedBytes: 5000, mediaCount: 1 });
      expect(await user()).toMatchObject({ usedBytes: 0 });
    });

    it('lets no claim in between the counters and what they count', async () => {
      await database.transaction(async (tx) => quota.release(tx, await reserve(alice, 1)));
      const held = Promise.withResolvers<void>();
      const stopped = Promise.withResolvers<void>();
      const stop = database.transaction(async (tx) => {
        // What is counted second can't be read for a while.
        await tx.execute('lock table media in access exclusive mode', [], 'run');
        stopped.resolve();
        await held.promise;
      });
      await stopped.promise;
      const recalculation = accounts.recalculate({ scope: 'user', subjectId: 'alice' });
      await sleep(200);
      const claim = reserve(alice, 300);
      await sleep(200);
      held.resolve();
      await stop;
      expect(await recalculation).toEqual([]);
      await claim;
      expect(await user()).toMatchObject({ reservedBytes: 300 });
    });

    it('is exact while uploads come in', async () => {
      const uploads = Promise.all(Array.from({ length: 20 }, () => upload(3000)));
      for (let round = 0; round < 10; round += 1) expect(await accounts.recalculate()).toEqual([]);
      await uploads;
      expect(await accounts.recalculate()).toEqual([]);
      expect(await user()).toMatchObject({ usedBytes: 60_000, reservedBytes: 0, mediaCount: 20 });
    });

    it('is for admins, of one account or of all', async () => {
      expect((await recalculate({}, authorization)).status).toBe(403);
      expect((await recalculate({ userId: 'a', orgId: 'b' })).status).toBe(400);
    });
  });

  describe('accounts', () => {
    const call = (path: string, token: string, limitBytes?: unknown) =>
      fetch(`${service.url}/v1/quotas/${path}`, {
        headers: { authorization: token, 'content-type': 'application/json' },
        ...(limitBytes !== undefined && { method: 'PUT', body: JSON.stringify({ limitBytes }) }),
      });

    it.each([
      ['one’s own', 'users/alice', 200],
      ['one’s organization', 'orgs/acme', 200],
      ['another user', 'users/bob', 404],
      ['another organization', 'orgs/umbrella', 404],
    ])('show %s or are not there', async (_, path, status) => {
      expect((await call(path, authorization)).status).toBe(status);
      expect((await call(path, admin)).status).toBe(200);
    });

    it('are empty before the first upload', async () => {
      expect(await (await call('users/alice', authorization)).json()).toEqual({
        limitBytes: 1_000_000,
        ownLimit: false,
        usedBytes: 0,
        reservedBytes: 0,
        mediaCount: 0,
      });
    });

    it('take limits from admins alone, and go back to the default', async () => {
      expect((await call('users/alice', authorization, 5)).status).toBe(403);
      expect(await (await call('users/alice', admin, 5)).json()).toMatchObject({
        limitBytes: 5,
        ownLimit: true,
      });
      expect((await upload(1000)).status).toBe(413);
      expect(await (await call('users/alice', admin, null)).json()).toMatchObject({
        limitBytes: 1_000_000,
        ownLimit: false,
      });
      expect((await upload(1000)).status).toBe(201);
    });

    it.each([-1, 1.5, '5', 2 ** 53])('take no limit of %j', async (limit) => {
      expect((await call('orgs/acme', admin, limit)).status).toBe(400);
    });
  });

  describe('of what is removed', () => {
    const remove = (id: string, query = '') =>
      fetch(`${service.url}/v1/media/${id}${query}`, { method: 'DELETE', headers: { authorization } });
    const uploaded = async (): Promise<string> => ((await (await upload(5000)).json()) as { id: string }).id;

    it('is charged in the trash and given back by the purge', async () => {
      const id = await uploaded();
      expect((await remove(id)).status).toBe(204);
      for (const read of [user, org]) expect(await read()).toMatchObject({ usedBytes: 5000, mediaCount: 1 });
      expect((await remove(id, '?permanent=true')).status).toBe(204);
      for (const read of [user, org]) expect(await read()).toMatchObject({ usedBytes: 0, mediaCount: 0 });
      expect(await tracesOf(service)).toMatchObject({
        media: 0,
        objects: [expect.any(String)],
        // Its variants and its original.
        pendingDeletions: 2,
      });
    });

    it('is given back once, however many purge at once', async () => {
      const id = await uploaded();
      await uploaded();
      const statuses = await Promise.all(
        Array.from({ length: 10 }, async () => (await remove(id, '?permanent=true')).status),
      );
      expect(statuses).toContain(204);
      expect(statuses.filter((status) => status !== 204 && status !== 404)).toEqual([]);
      expect(await user()).toMatchObject({ usedBytes: 5000, mediaCount: 1 });
    });

    it('comes back by itself after the time in the trash, and the bytes go after their grace', async () => {
      const id = await uploaded();
      await remove(id);
      const removal = service.app.get(MediaRemovalService);
      expect(await removal.purgeTrash(new Date(Date.now() - 60_000), 10)).toBe(0);
      expect(await removal.purgeTrash(new Date(Date.now() + 1000), 10)).toBe(1);
      expect(await user()).toMatchObject({ usedBytes: 0 });
      const deletions = service.app.get(PendingDeletions);
      expect(await deletions.sweep(10)).toBe(0);
      await sql('update pending_deletion set due_at = now()');
      expect(await deletions.sweep(10)).toBe(2);
      expect(await tracesOf(service)).toEqual(noTraces);
    });
  });
});
