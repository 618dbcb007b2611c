import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { FindingKind } from '../../src/admin/reconciliation/finding.js';
import { newId } from '../../src/common/index.js';
import { PendingDeletions, ObjectStore, uploadPrefix, variantPrefix } from '../../src/storage/index.js';
import { Api, jsonOf, type MediaJson, onDatabase } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { HeldSource, ImportBench } from '../support/import-bench.js';
import { smallPicture } from '../support/media-client.js';
import { briefly, inspectAll, pauseMaintenance } from '../support/reconciliation.js';
import { hasRealS3, s3Environment, type S3Server, startS3Server } from '../support/s3-server.js';
import { type TestApp, startTestApp } from '../support/test-app.js';
import { clear } from '../support/traces.js';
import { answerOf, documentOf, metadataOf, Tus } from '../support/tus.js';

const MIB = 1024 ** 2;

describe.each(['local', 's3'] as const)('the checks of a reconciliation on %s', (driver) => {
  let s3: S3Server | null = null;
  let app: TestApp;
  let api: Api;
  let store: ObjectStore;
  let seed = driver === 'local' ? 1000 : 2000;
  beforeAll(async () => {
    s3 = driver === 's3' ? await startS3Server() : null;
    app = await startTestApp({ env: { MAX_UPLOAD_BYTES: String(100 * MIB), ...(s3 && s3Environment(s3)) } });
    api = await Api.as(app);
    store = app.app.get(ObjectStore);
    await pauseMaintenance(app);
  });
  afterEach(async () => {
    await clear(app);
    await sql('truncate upload cascade');
    await store.sweepUnfinished(-60_000);
  });
  afterAll(async () => {
    await app?.close();
    await s3?.stop();
  });

  const sql = (statement: string, ...values: unknown[]) => onDatabase(app, statement, values);
  const nextSeed = (): number => (seed += 1);
  const picture = async (): Promise<MediaJson> => api.uploadReady(await smallPicture(nextSeed()));
  const put = (key: string, bytes = 'bytes'): Promise<unknown> => store.put(key, Readable.from([bytes]));
  const keysOf = async (prefix: string): Promise<string[]> =>
    (await Array.fromAsync(store.list(prefix))).map(({ key }) => key);
  const originalOf = async (id: string): Promise<{ id: string; key: string }> => {
    const [row] = await sql(
      'select blob.id, storage_key as key from blob join media on blob_id = blob.id where media.id = $1',
      id,
    );
    return row as { id: string; key: string };
  };
  const variantOf = async (id: string, name: string): Promise<{ id: string; key: string }> => {
    const [row] = await sql(
      'select id, storage_key as key from variant where media_id = $1 and name = $2',
      id,
      name,
    );
    return row as { id: string; key: string };
  };

  type Expected = [kind: FindingKind, subject: string];

  async function expectFound(
    options: { mend: boolean; mended?: boolean },
    expected: Expected[],
  ): Promise<void> {
    const { mend, mended = false } = options;
    const found = briefly(await inspectAll(app, { mend })).map((finding) => JSON.stringify(finding));
    const all = expected.map(([kind, subject]) => JSON.stringify({ kind, subject, mended }));
    expect(found.toSorted()).toEqual(all.toSorted());
  }

  /** Dry runs find exactly this and change nothing; a run mends it; another one finds nothing. */
  async function expectMended(...expected: Expected[]): Promise<void> {
    await expectFound({ mend: false }, expected);
    await expectFound({ mend: false }, expected);
    await expectFound({ mend: true, mended: true }, expected);
    await expectFound({ mend: false }, []);
  }

  /** Neither kind of run can mend this. */
  async function expectTold(...expected: Expected[]): Promise<void> {
    await expectFound({ mend: false }, expected);
    await expectFound({ mend: true }, expected);
    await expectFound({ mend: false }, expected);
  }

  it('find nothing where nothing is wrong, and say what they looked at', async () => {
    const media = await picture();
    await api.uploadReady(await smallPicture(seed), { name: 'the same.png' });
    expect((await api.get(`/v1/media/${media.id}/resize?width=8`)).status).toBe(200);
    const trashed = await picture();
    await api.send('DELETE', `/v1/media/${trashed.id}`);
    const purged = await picture();
    await api.send('DELETE', `/v1/media/${purged.id}?permanent=true`);
    const report = await inspectAll(app);
    expect(report.findings).toEqual([]);
    expect(report.counts).toMatchObject({ media: 3, originals: 2, accounts: 1 });
    // As many as there are, with those that are to be deleted.
    expect(report.counts['objects']).toBe((await keysOf('')).length);
    expect(report.counts['variants']).toBeGreaterThan(8);
    expect(report.notes).toHaveLength(driver === 's3' && hasRealS3 ? 0 : 1);
  });

  it('give a media back the original that it has lost', async () => {
    const media = await picture();
    const original = await originalOf(media.id);
    await sql('update media set blob_id = null where id = $1', media.id);
    await expectFound({ mend: false }, [
      ['media.without-original', media.id],
      ['original.unused', original.id],
    ]);
    await expectFound({ mend: true, mended: true }, [['media.without-original', media.id]]);
    await expectFound({ mend: false }, []);
    expect(await originalOf(media.id)).toEqual(original);
  });

  it('give a media no bytes of others', async () => {
    const media = await picture();
    const other = await Api.as(app, { sub: 'bob' });
    await other.uploadReady(await smallPicture(seed));
    const original = await originalOf(media.id);
    await sql('update media set blob_id = null where id = $1', media.id);
    await sql('delete from blob where id = $1', original.id);
    await store.delete(original.key);
    await expectTold(['media.without-original', media.id]);
  });

  it('give an original that no media refers to to the ledger', async () => {
    const media = await picture();
    const original = await originalOf(media.id);
    const other = await picture();
    await sql(
      'update media set blob_id = $2, sha256 = null where id = $1',
      media.id,
      (await originalOf(other.id)).id,
    );
    await expectMended(['original.unused', original.id]);
    const ledger = await sql(
      'select prefix from pending_deletion where prefix = $1',
      uploadPrefix(original.id),
    );
    expect(ledger).toHaveLength(1);
  });

  it('tell of an original that is gone or has another size, and leave its row alone', async () => {
    const [gone, cut] = [await picture(), await picture()];
    const [first, second] = [await originalOf(gone.id), await originalOf(cut.id)];
    await store.delete(first.key);
    await put(second.key, 'x');
    await expectTold(['original.missing', first.id], ['original.size-differs', second.id]);
  });

  it('make variants again that are gone, all of a media at once', async () => {
    const media = await picture();
    const [small, large] = [
      await variantOf(media.id, 'thumbnail-small'),
      await variantOf(media.id, 'thumbnail-large'),
    ];
    await store.delete(small.key);
    await put(large.key, 'x');
    await expectMended(['variant.missing', small.id], ['variant.size-differs', large.id]);
    await api.until(media.id);
    await expectFound({ mend: false }, []);
    expect((await api.get(`/v1/media/${media.id}/thumbnail?size=small`)).status).toBe(200);
  });

  it('do not process again what has no original to be processed', async () => {
    const media = await picture();
    const [original, small] = [await originalOf(media.id), await variantOf(media.id, 'thumbnail-small')];
    await store.delete(original.key);
    await store.delete(small.key);
    await expectTold(['original.missing', original.id], ['variant.missing', small.id]);
    expect(await api.json(`/v1/media/${media.id}`)).toMatchObject({ status: 'ready' });
  });

  it('forget a transform whose result is gone', async () => {
    const media = await picture();
    const resize = () => api.get(`/v1/media/${media.id}/resize?width=9`);
    expect((await resize()).status).toBe(200);
    const [transform] = await sql(
      `select id, storage_key as key from variant where kind = 'transform' and media_id = $1`,
      media.id,
    );
    await store.delete(String(transform?.['key']));
    await expectMended(['variant.missing', String(transform?.['id'])]);
    expect((await resize()).status).toBe(200);
  });

  it('miss a segment of a stream', async () => {
    const media = await picture();
    const prefix = `${variantPrefix(media.id, 'stream')}hls/`;
    await Promise.all([
      put(`${prefix}master.m3u8`),
      put(`${prefix}720p/0.m4s`),
      put(`${prefix}720p/index.m3u8`),
    ]);
    for (const [id, kind, size, key] of [
      [newId(), 'hls', 15, prefix],
      [newId(), 'rendition', 10, `${prefix}720p/index.m3u8`],
    ]) {
      await sql(
        `insert into variant (id, media_id, kind, name, content_type, size_bytes, storage_key)
         values ($1, $2, $3, $3, 'x', $4, $5)`,
        id,
        media.id,
        kind,
        size,
        key,
      );
    }
    await expectFound({ mend: false }, []);
    await store.delete(`${prefix}720p/0.m4s`);
    const { id } = await variantOf(media.id, 'hls');
    await expectMended(['variant.size-differs', id]);
    await api.until(media.id);
  });

  it('register objects that nobody owns, and nothing beside them', async () => {
    const media = await picture();
    const original = await originalOf(media.id);
    const [upload, attempt] = [newId(), newId()];
    const lost = `${uploadPrefix(upload)}original`;
    const beside = `${uploadPrefix(original.id)}pieces/p1-x`;
    const derived = `${variantPrefix(media.id, attempt)}thumbnail-small`;
    await Promise.all([put(lost), put(`${uploadPrefix(upload)}pieces/p1-x`), put(beside), put(derived)]);
    await expectMended(
      ['object.unowned', lost],
      ['object.unowned', `${uploadPrefix(upload)}pieces/p1-x`],
      ['object.unowned', beside],
      ['object.unowned', derived],
    );
    await sql(`update pending_deletion set due_at = now() - interval '1 second'`);
    while ((await app.app.get(PendingDeletions).sweep(100)) > 0);
    for (const key of [lost, beside, derived]) expect([key, await store.head(key)]).toEqual([key, null]);
    expect(await store.head(original.key)).not.toBeNull();
    expect((await api.get(`/v1/media/${media.id}/thumbnail?size=small`)).status).toBe(200);
    await expectFound({ mend: false }, []);
  });

  it('register what was begun and belongs to nobody', async () => {
    const media = await picture();
    const tus = await Tus.as(app);
    const open = (await tus.create({ 'upload-length': '9' })).split('/').at(-1) ?? '';
    const keys = [newId(), open, media.id].map((id) => `${uploadPrefix(id)}original`);
    const derived = `${variantPrefix(media.id, 'dead')}hls/1.m4s`;
    const all = [...keys, derived].map((key, index) => ({ key, handle: String(index) }));
    const list = jest.spyOn(store, 'listUnfinished');
    list.mockImplementation(async (prefix) => {
      const below = all.filter(({ key }) => key.startsWith(prefix));
      return (async function* each() {
        yield* below;
      })();
    });
    await expectMended(['multipart.unowned', keys[0] ?? ''], ['multipart.unowned', derived]);
    // Ended between the list and the look.
    await sql('delete from pending_deletion where prefix = $1', keys[0]?.replace('original', ''));
    list.mockResolvedValueOnce(Readable.from(all.slice(0, 1)));
    list.mockResolvedValueOnce(Readable.from([{ ...all[0], handle: 'another' }]));
    await expectFound({ mend: false }, []);
    list.mockRestore();
  });

  it('only tell of objects that are none of the service', async () => {
    await Promise.all([put('backup.tar'), put(`originals/zz/${newId()}/original`)]);
    const strange = await keysOf('originals/');
    await expectTold(...['backup.tar', ...strange].map((key): Expected => ['object.foreign', key]));
  });

  it('only tell of objects beside an original whose place can not be told apart', async () => {
    const original = await originalOf((await picture()).id);
    const key = `${uploadPrefix(original.id)}other`;
    await put(key);
    await expectTold(['object.unowned', key]);
    expect(await store.head(original.key)).not.toBeNull();
  });

  describe('of open sessions', () => {
    let tus: Tus;
    beforeAll(async () => {
      tus = await Tus.as(app);
    });
    const beginTus = async (): Promise<string> => {
      const path = await tus.create({
        'upload-length': '2000',
        'upload-metadata': metadataOf({ filename: 'a.pdf' }),
      });
      await tus.patch(path, 0, documentOf(1000, nextSeed()));
      return path.split('/').at(-1) ?? '';
    };

    it('claim quota again where the reservation is gone', async () => {
      const id = await beginTus();
      await expectFound({ mend: false }, []);
      await sql('delete from quota_reservation where id = $1', id);
      await sql('update quota set reserved_bytes = reserved_bytes - 2000');
      await expectMended(['upload.without-reservation', id]);
    });

    it('can not claim what there is no room for', async () => {
      const id = await beginTus();
      await sql('delete from quota_reservation where id = $1', id);
      await sql('update quota set reserved_bytes = reserved_bytes - 2000, limit_bytes = 0');
      await expectTold(['upload.without-reservation', id]);
    });

    it('register their place again where it is not in the ledger', async () => {
      const id = await beginTus();
      await sql('delete from pending_deletion where prefix = $1', uploadPrefix(id));
      await expectMended(['upload.without-ledger-entry', id]);
    });

    it('leave those alone whose time is over', async () => {
      const id = await beginTus();
      await sql(`update upload set expires_at = now() - interval '1 second' where id = $1`, id);
      await sql('delete from pending_deletion where prefix = $1', uploadPrefix(id));
      await expectFound({ mend: true }, []);
    });

    it('know whose the part is that comes after the session has become a media', async () => {
      const bytes = documentOf(2000, nextSeed());
      const body = { filename: 'a.pdf', size: bytes.length };
      const { id } = await jsonOf<{ id: string }>(await api.send('POST', '/v1/uploads', { body }), 201);
      const path = `/v1/uploads/${id}/parts/1`;
      await api.request(path, { method: 'PUT', body: new Uint8Array(bytes) });
      const late = tus.open('PUT', path, {
        'content-length': '2000',
        'content-type': 'application/octet-stream',
      });
      const answer = answerOf(late);
      late.write(bytes.subarray(0, 1999));
      // Until the store has begun to take it.
      await sleep(300);
      await jsonOf(await api.send('POST', `/v1/uploads/${id}/complete`, { body: {} }), 201);
      late.end(bytes.subarray(1999));
      expect((await answer).status).toBe(409);
      await api.until(id);
      // As one whose process is killed before it hears that it came too late.
      await put(`${uploadPrefix(id)}pieces/p1-late`);
      await expectFound({ mend: false }, []);
      await sql(`update pending_deletion set due_at = now() - interval '1 second'`);
      await app.app.get(PendingDeletions).sweep(100);
      expect(await keysOf(uploadPrefix(id))).toEqual([`${uploadPrefix(id)}original`]);
    });

    it('leave imports alone, that claim quota and a place for each attempt', async () => {
      const importing = await ImportBench.start();
      try {
        const held = new HeldSource(await smallPicture(nextSeed()), { sent: 20 });
        importing.site.answer = held.answer;
        const { id } = await importing.import();
        await held.connection();
        expect(briefly(await inspectAll(importing.service))).toEqual([]);
        await importing.api.send('DELETE', `/v1/media/${id}`);
        await held.closed();
        const reserved = async () => (await importing.account()).reservedBytes;
        await eventually(async () => expect(await reserved()).toBe(0));
        expect(briefly(await inspectAll(importing.service))).toEqual([]);
      } finally {
        await importing.stop();
      }
    });

    it('count the parts of a multipart session again, and leave what a tus client was told', async () => {
      const id = await beginTus();
      const body = { filename: 'a.pdf', size: 2000 };
      const session = await jsonOf<{ id: string }>(await api.send('POST', '/v1/uploads', { body }), 201);
      const part = new Uint8Array(documentOf(2000, nextSeed()));
      await api.request(`/v1/uploads/${session.id}/parts/1`, { method: 'PUT', body: part });
      await expectFound({ mend: false }, []);
      await sql('update upload set offset_bytes = offset_bytes - 1');
      const kind = 'upload.offset-differs';
      const report = await inspectAll(app, { mend: true });
      expect(new Set(briefly(report))).toEqual(
        new Set([
          { kind, subject: id, mended: false },
          { kind, subject: session.id, mended: true },
        ]),
      );
      await expectTold([kind, id]);
    });
  });

  it('release reservations that no upload has, and no others', async () => {
    await picture();
    const reserve = async (expiresIn: string): Promise<string> => {
      const id = newId();
      await sql(
        `insert into quota_reservation (id, user_id, bytes, expires_at) values ($1, 'alice', 10, now() + $2::interval)`,
        id,
        expiresIn,
      );
      await sql(`update quota set reserved_bytes = reserved_bytes + 10 where subject_id = 'alice'`);
      return id;
    };
    const [longer, over] = [await reserve('3 days'), await reserve('-2 hours')];
    // Of a form that is being received, and of one whose process has died just now.
    const others = [await reserve('5 minutes'), await reserve('-1 minute')];
    await expectMended(['reservation.without-upload', longer], ['reservation.without-upload', over]);
    const left = await sql('select id from quota_reservation');
    expect(left.map(({ id }) => String(id)).toSorted()).toEqual(others.toSorted());
  });

  it('set counters right that are not what the rows add up to', async () => {
    await picture();
    const acme = await Api.as(app, { sub: 'bob', org: 'acme' });
    await acme.uploadReady(await smallPicture(nextSeed()));
    await sql(`update quota set used_bytes = used_bytes + 1 where subject_id = 'alice'`);
    await sql(`update quota set media_count = 5 where subject_id = 'acme'`);
    await sql(`delete from quota where subject_id = 'bob'`);
    await expectMended(
      ['quota.drift', 'org:acme'],
      ['quota.drift', 'user:alice'],
      ['quota.drift', 'user:bob'],
    );
  });

  it('ask for jobs again that no queue has', async () => {
    const media = await picture();
    await sql(`update media set status = 'scanning', generation = 2 where id = $1`, media.id);
    await expectFound({ mend: false }, []);
    await sql(`update media set updated_at = now() - interval '4 minutes' where id = $1`, media.id);
    // Waiting in the outbox, or in the trash, it is nobody's concern.
    const jobId = `media.scan-${media.id}-2`;
    await sql(
      `insert into outbox (id, job, job_id, payload) values ($1, 'unknown', $2, '{}')`,
      newId(),
      jobId,
    );
    await expectFound({ mend: true }, []);
    await sql('delete from outbox where job_id = $1', jobId);
    await sql('update media set deleted_at = now() where id = $1', media.id);
    await expectFound({ mend: true }, []);
    await sql('update media set deleted_at = null where id = $1', media.id);
    await expectMended(['media.without-job', media.id]);
    await api.until(media.id);
  });

  it('end an import that nobody goes on with', async () => {
    const id = newId();
    await sql(
      `insert into media (id, owner_id, filename, content_type, kind, size_bytes, status, visibility, updated_at)
       values ($1, 'alice', 'x', 'image/png', 'image', 0, 'pending', 'private', now() - interval '1 hour')`,
      id,
    );
    await sql(`insert into quota (scope, subject_id, media_count) values ('user', 'alice', 1)`);
    await expectMended(['media.without-job', id]);
    expect((await api.until(id, 'failed')).failure?.code).toBe('UPLOAD_EXPIRED');
  });

  it('tell of what should have been deleted long ago', async () => {
    const prefix = uploadPrefix(newId());
    await sql(
      `insert into pending_deletion (prefix, due_at) values ($1, now() - interval '2 hours')`,
      prefix,
    );
    await expectTold(['deletion.overdue', prefix]);
  });

  it('end when they are told to', async () => {
    await expect(inspectAll(app, { signal: AbortSignal.abort(new Error('shutdown')) })).rejects.toThrow(
      'shutdown',
    );
  });
});
