import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from '../../src/database/index.js';
import { MediaCommitService } from '../../src/media/index.js';
import type { QuotaOwner } from '../../src/quota/index.js';
import { ObjectStore, PendingDeletions, uploadKey } from '../../src/storage/index.js';
import { Api, bytesOf, onDatabase } from '../support/api.js';
import { pictureOf } from '../support/multipart.js';
import { receive } from '../support/received-uploads.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { clear, noTraces, tracesOf } from '../support/traces.js';

/** Long enough for another statement to come to the row that is locked. */
const OVERLAP_MS = 300;
const bytes = pictureOf(500);
const alice = { userId: 'alice', orgId: null };

describe('stored originals', () => {
  let service: TestApp;
  let api: Api;
  beforeAll(async () => {
    service = await startTestApp({ env: { ROLE: 'api' } });
    api = await Api.as(service);
  });
  afterEach(() => clear(service));
  afterAll(() => service.close());

  const commit = async (body = bytes, owner: QuotaOwner = alice): Promise<string> =>
    (await service.app.get(MediaCommitService).commit(await receive(service, body, owner))).id;
  const purge = async (id: string): Promise<number> =>
    (await api.send('DELETE', `/v1/media/${id}?permanent=true`)).status;
  const sweepDue = () => service.app.get(PendingDeletions).sweep(10_000);
  /** Deletes all that nobody has claimed, as if every grace period were over. */
  async function sweepAll(): Promise<void> {
    await onDatabase(service, 'update pending_deletion set due_at = now()');
    await sweepDue();
  }
  const originalsOf = (ids: string[]) =>
    onDatabase<{ id: string; blob_id: string }>(
      service,
      'select id, blob_id from media where id = any($1) order by id',
      [ids],
    );

  /** What must hold whenever nothing is under way. */
  async function expectConsistent(): Promise<void> {
    await sweepAll();
    const blobs = await onDatabase<{ storage_key: string; references: number }>(
      service,
      `select storage_key, (select count(*)::int from media where blob_id = blob.id) as references from blob`,
    );
    expect(blobs.filter(({ references }) => references === 0)).toEqual([]);
    expect(await onDatabase(service, 'select id from media where blob_id is null')).toEqual([]);
    expect((await tracesOf(service)).objects.toSorted()).toEqual(
      blobs.map(({ storage_key }) => storage_key).toSorted(),
    );
    const [usage] = await onDatabase(
      service,
      `select (select coalesce(sum(used_bytes), 0)::int from quota where scope = 'user') -
              (select coalesce(sum(size_bytes), 0)::int from media) as drift`,
    );
    expect(usage).toEqual({ drift: 0 });
  }

  it('are stored once for all media with the same bytes, each of which is charged', async () => {
    const [first, second] = [await commit(), await commit()];
    expect(await tracesOf(service)).toMatchObject({
      media: 2,
      originals: 1,
      usedBytes: 1000,
      pendingDeletions: 1,
    });
    // Its own bytes are due at once, not after a grace period.
    await sweepDue();
    expect(await tracesOf(service)).toMatchObject({ objects: [uploadKey(first)], pendingDeletions: 0 });
    await onDatabase(service, "update media set clean = true, status = 'ready'");
    for (const id of [first, second])
      expect(await bytesOf(await api.get(`/v1/media/${id}/download`))).toEqual(bytes);
  });

  it('are shared within an organization, and never across spaces', async () => {
    const acme = (userId: string) => ({ userId, orgId: 'acme' });
    const shared = [await commit(bytes, acme('alice')), await commit(bytes, acme('bob'))];
    const others = [
      await commit(bytes, alice),
      await commit(bytes, { userId: 'bob', orgId: null }),
      await commit(bytes, { userId: 'bob', orgId: 'initech' }),
      await commit(bytes, { userId: 'acme', orgId: null }),
    ];
    const [one, two] = await originalsOf(shared);
    expect(two?.blob_id).toBe(one?.blob_id);
    const apart = (await originalsOf(others)).map(({ blob_id }) => blob_id);
    expect(new Set([...apart, one?.blob_id]).size).toBe(5);
    await expectConsistent();
  });

  it('outlive all media but the last', async () => {
    const [first, second] = [await commit(), await commit()];
    await sweepDue();
    expect(await purge(first)).toBe(204);
    await sweepAll();
    expect(await tracesOf(service)).toMatchObject({ originals: 1, objects: [uploadKey(first)] });
    await onDatabase(service, "update media set clean = true, status = 'ready'");
    expect(await bytesOf(await api.get(`/v1/media/${second}/download`))).toEqual(bytes);

    expect(await purge(second)).toBe(204);
    await sweepDue();
    // The grace period holds.
    expect((await tracesOf(service)).objects).toEqual([uploadKey(first)]);
    await sweepAll();
    expect(await tracesOf(service)).toEqual(noTraces);
  });

  it('are stored anew when the same bytes come after a purge', async () => {
    const first = await commit();
    await purge(first);
    const second = await commit();
    await sweepAll();
    expect(await tracesOf(service)).toMatchObject({ originals: 1, objects: [uploadKey(second)] });
  });

  it('that lie where they lay before they had rows are served, shared and purged like others', async () => {
    const first = await commit();
    const [key, former] = [uploadKey(first), `media/${first.slice(-2)}/${first}/original`];
    await service.app.get(ObjectStore).promote(key, former);
    await onDatabase(service, 'update blob set storage_key = $1', [former]);
    const second = await commit();
    await sweepDue();
    await purge(first);
    await sweepAll();
    expect((await tracesOf(service)).objects).toEqual([former]);
    await onDatabase(service, "update media set clean = true, status = 'ready'");
    expect(await bytesOf(await api.get(`/v1/media/${second}/download`))).toEqual(bytes);
    await purge(second);
    await sweepAll();
    expect(await tracesOf(service)).toEqual(noTraces);
  });

  it('are one when many commits bring the same bytes at once', async () => {
    const uploads = await Promise.all(Array.from({ length: 12 }, () => receive(service, bytes)));
    const media = await Promise.all(
      uploads.map((upload) => service.app.get(MediaCommitService).commit(upload)),
    );
    expect(new Set(media.map(({ originalId }) => originalId)).size).toBe(1);
    expect(await tracesOf(service)).toMatchObject({ media: 12, originals: 1, usedBytes: 12 * 500 });
    await expectConsistent();
  });

  it('attach a commit to the row of another that is committed while it waits', async () => {
    const upload = await receive(service, bytes);
    const other = await receive(service, bytes);
    const winner = service.app.get(Database).transaction(async (tx) => {
      await tx.execute(
        `insert into blob (id, space, sha256, size_bytes, storage_key) values (?, 'user:alice', ?, 500, ?)`,
        [other.id, other.sha256, uploadKey(other.id)],
        'run',
      );
      await sleep(OVERLAP_MS);
    });
    await sleep(OVERLAP_MS / 3);
    expect((await service.app.get(MediaCommitService).commit(upload)).originalId).toBe(other.id);
    await winner;
  });

  it('are not taken from a commit that attaches itself while the last media is purged', async () => {
    const first = await commit();
    const upload = await receive(service, bytes);
    // Holds the row as a commit does that has not ended yet.
    const attaching = service.app.get(Database).transaction(async (tx) => {
      await tx.execute('select id from blob for key share', [], 'all');
      await sleep(OVERLAP_MS);
      await tx.execute(
        `insert into media (id, owner_id, filename, content_type, kind, size_bytes, sha256, status, visibility, blob_id)
         values (?, 'alice', 'x', 'image/png', 'image', 500, ?, 'scanning', 'private', ?)`,
        [upload.id, upload.sha256, first],
        'run',
      );
    });
    await sleep(OVERLAP_MS / 3);
    expect(await purge(first)).toBe(204);
    await attaching;
    expect(await originalsOf([upload.id])).toEqual([{ id: upload.id, blob_id: first }]);
    await sweepAll();
    expect((await tracesOf(service)).objects).toContain(uploadKey(first));
  });

  it('are stored anew by a commit that waited for the purge of the last media', async () => {
    const first = await commit();
    const upload = await receive(service, bytes);
    const purging = service.app.get(Database).transaction(async (tx) => {
      await tx.execute('select id from blob for update', [], 'all');
      await tx.execute('delete from media', [], 'run');
      await sleep(OVERLAP_MS);
      await tx.execute('delete from blob', [], 'run');
    });
    await sleep(OVERLAP_MS / 3);
    expect((await service.app.get(MediaCommitService).commit(upload)).originalId).toBe(upload.id);
    await purging;
    expect(await originalsOf([first, upload.id])).toEqual([{ id: upload.id, blob_id: upload.id }]);
  });

  it('stay consistent under commits and purges of few contents at random', async () => {
    const contents = [pictureOf(500, 1), pictureOf(500, 2), pictureOf(500, 3)];
    const owners = [alice, { userId: 'alice', orgId: 'acme' }, { userId: 'alice', orgId: null }];
    const living = new Set<string>();
    const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T;
    let purged = 0;
    const work = async (): Promise<void> => {
      for (let step = 0; step < 25; step += 1) {
        const victim = Math.random() < 0.5 ? pick([...living]) : undefined;
        if (victim === undefined) {
          living.add(await commit(pick(contents), pick(owners)));
        } else {
          living.delete(victim);
          if ((await purge(victim)) === 204) purged += 1;
        }
        if (Math.random() < 0.2) await sweepDue();
      }
    };
    await Promise.all(Array.from({ length: 6 }, work));
    expect(purged).toBeGreaterThan(20);
    expect((await originalsOf([...living])).length).toBe(living.size);
    await expectConsistent();
    for (const id of living) await purge(id);
    await sweepAll();
    expect(await tracesOf(service)).toEqual(noTraces);
  });

  it('do not save an upload whose own bytes are being deleted, unless they are known', async () => {
    const late = await receive(service, bytes);
    await sweepAll();
    await expect(service.app.get(MediaCommitService).commit(late)).rejects.toMatchObject({
      code: 'UPLOAD_EXPIRED',
    });
    const first = await commit();
    expect((await service.app.get(MediaCommitService).commit(late)).originalId).toBe(first);
    await expectConsistent();
  });
});
