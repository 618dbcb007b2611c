import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { hashJob, MediaCommitService, type ReceivedUpload } from '../../src/media/index.js';
import { HashHandler } from '../../src/processing/jobs/handlers/hash.handler.js';
import { ReconcileHandler } from '../../src/processing/jobs/handlers/reconcile.handler.js';
import type { JobContext } from '../../src/processing/jobs/job-handler.js';
import { JobQueues } from '../../src/processing/jobs/job-queues.js';
import { ObjectStore, PendingDeletions, uploadKey } from '../../src/storage/index.js';
import { Api, bytesOf, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { plainPicture } from '../support/pictures.js';
import { receive } from '../support/received-uploads.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const context: JobContext = {
  signal: new AbortController().signal,
  attempt: 1,
  lastAttempt: true,
  reportProgress: () => Promise.resolve(),
};

describe('a media whose bytes are not hashed yet', () => {
  let service: TestApp;
  let api: Api;
  let pictures = 0;
  beforeAll(async () => {
    service = await startTestApp();
    api = await Api.as(service);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(() => service.close());

  async function picture(): Promise<Buffer> {
    pictures += 1;
    return plainPicture(64, 48, pictures);
  }
  /** As after an upload straight to the bucket. */
  const commitUnhashed = async (
    bytes: Buffer,
    said: Partial<ReceivedUpload> = {},
  ): Promise<ReceivedUpload> => {
    const upload = await receive(service, bytes);
    await service.app.get(MediaCommitService).commit({ ...upload, sha256: null, ...said });
    return upload;
  };
  const at = (id: string) => `/v1/media/${id}`;
  /** The queued job has run, and a held handler let it pass. */
  const jobPassed = (id: string) =>
    eventually(async () =>
      expect(await service.app.get(JobQueues).stateOf(hashJob({ id, generation: 1 }))).toBe('completed'),
    );
  const holdHashing = () => jest.spyOn(service.app.get(HashHandler), 'handle').mockResolvedValue(undefined);
  const hash = (id: string, generation = 1) =>
    service.app.get(HashHandler).handle({ mediaId: id, generation }, context);
  const blobOf = async (id: string) =>
    (
      await onDatabase<{ id: string; sha256: string | null }>(
        service,
        'select blob.id, blob.sha256 from blob join media on blob_id = blob.id where media.id = $1',
        [id],
      )
    )[0];
  /** Deletes all that nobody has claimed, as if every grace period were over. */
  async function sweep(): Promise<void> {
    await onDatabase(service, 'update pending_deletion set due_at = now()');
    await service.app.get(PendingDeletions).sweep(1000);
  }
  const exists = async (id: string) => (await service.app.get(ObjectStore).head(uploadKey(id))) !== null;

  it('is pending, has no hash, and none of its bytes can be had', async () => {
    holdHashing();
    const { id } = await commitUnhashed(await picture());
    expect(await api.json<MediaJson>(at(id))).toMatchObject({ status: 'pending', sha256: null });
    expect(await problemOf(await api.get(`${at(id)}/download`))).toBe('409 MEDIA_NOT_CLEAN');
    expect(await problemOf(await api.send('POST', `${at(id)}/reprocess`))).toBe(
      '409 MEDIA_NOT_REPROCESSABLE',
    );
  });

  it('is hashed by a job, scanned, processed and served', async () => {
    const bytes = await picture();
    const { id, sha256 } = await commitUnhashed(bytes);
    expect(await api.until(id)).toMatchObject({ sha256, status: 'ready' });
    expect(await blobOf(id)).toEqual({ id, sha256 });
    expect(await bytesOf(await api.get(`${at(id)}/download`))).toEqual(bytes);
  });

  it('takes an expectation that holds', async () => {
    const bytes = await picture();
    const { sha256 } = await receive(service, bytes);
    const { id } = await commitUnhashed(bytes, { expectedSha256: sha256 });
    await api.until(id);
    expect(await onDatabase(service, 'select expected_sha256 from blob where id = $1', [id])).toEqual([
      { expected_sha256: null },
    ]);
  });

  it('shares the bytes that its space has already, and its own are swept', async () => {
    const bytes = await picture();
    const known = await api.uploadReady(bytes);
    const { id } = await commitUnhashed(bytes);
    await api.until(id);
    expect((await blobOf(id))?.id).toBe(known.id);
    expect(await onDatabase(service, 'select id from blob where id = $1', [id])).toEqual([]);
    // A backup may name them.
    await service.app.get(PendingDeletions).sweep(1000);
    expect(await exists(id)).toBe(true);
    await sweep();
    expect([await exists(known.id), await exists(id)]).toEqual([true, false]);
    await api.send('DELETE', `${at(known.id)}?permanent=true`);
    expect(await bytesOf(await api.get(`${at(id)}/download`))).toEqual(bytes);
  });

  it('shares with others that are hashed at the same time', async () => {
    const holding = holdHashing();
    const bytes = await picture();
    const ids: string[] = [];
    for (let count = 0; count < 8; count += 1) ids.push((await commitUnhashed(bytes)).id);
    for (const id of ids) await jobPassed(id);
    holding.mockRestore();
    await Promise.all([...ids, ...ids].map((id) => hash(id)));
    const blobs = await Promise.all(ids.map(async (id) => (await blobOf(id))?.id));
    expect(new Set(blobs).size).toBe(1);
    for (const id of ids) await api.until(id);
    await sweep();
    const left = await Promise.all(ids.map(exists));
    expect(left.filter(Boolean)).toHaveLength(1);
  });

  it.each([
    ['another hash', { expectedSha256: '0'.repeat(64) }, /SHA-256/],
    ['another size', { sizeBytes: 10 }, /more or fewer/],
  ])('fails when it has %s than was said, and fails again', async (_what, said, detail) => {
    const { id } = await commitUnhashed(await picture(), said);
    const failure = { code: 'CHECKSUM_MISMATCH', detail: expect.stringMatching(detail) };
    expect(await api.until(id, 'failed')).toMatchObject({ failure, sha256: null });
    expect(await problemOf(await api.get(`${at(id)}/download`))).toBe('409 MEDIA_NOT_CLEAN');
    const again = await api.send('POST', `${at(id)}/reprocess`);
    expect([again.status, ((await again.json()) as MediaJson).status]).toEqual([202, 'pending']);
    expect(await api.until(id, 'failed')).toMatchObject({ failure });
  });

  it('fails when its bytes are gone', async () => {
    holdHashing();
    const { id } = await commitUnhashed(await picture());
    await jobPassed(id);
    jest.restoreAllMocks();
    await service.app.get(ObjectStore).delete(uploadKey(id));
    await expect(hash(id)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    expect(await api.json<MediaJson>(at(id))).toMatchObject({ failure: { code: 'OBJECT_NOT_FOUND' } });
  });

  it('is not failed by an attempt that finds its bytes swept because another was faster', async () => {
    const bytes = await picture();
    await api.uploadReady(bytes);
    const holding = holdHashing();
    const { id } = await commitUnhashed(bytes);
    await jobPassed(id);
    holding.mockRestore();
    const store = service.app.get(ObjectStore);
    const get = store.get.bind(store);
    jest.spyOn(store, 'get').mockImplementationOnce(async (key) => {
      await hash(id);
      await sweep();
      return get(key);
    });
    await expect(hash(id)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    await api.until(id);
  });

  it('can be tried again after a failure', async () => {
    holdHashing();
    const { id, sha256 } = await commitUnhashed(await picture());
    await jobPassed(id);
    await onDatabase(
      service,
      "update media set status = 'failed', failure_code = 'X', failure_detail = 'x' where id = $1",
      [id],
    );
    jest.restoreAllMocks();
    expect((await api.send('POST', `${at(id)}/reprocess`)).status).toBe(202);
    expect(await api.until(id)).toMatchObject({ sha256, failure: null });
  });

  it('is purged with its bytes', async () => {
    holdHashing();
    const { id } = await commitUnhashed(await picture());
    expect((await api.send('DELETE', `${at(id)}?permanent=true`)).status).toBe(204);
    await sweep();
    expect(await exists(id)).toBe(false);
    expect(await onDatabase(service, 'select id from blob where id = $1', [id])).toEqual([]);
  });

  it('is brought on by the reconciler when its job was lost', async () => {
    const holding = holdHashing();
    const { id } = await commitUnhashed(await picture());
    const queues = service.app.get(JobQueues);
    await jobPassed(id);
    holding.mockRestore();
    await onDatabase(service, `update media set updated_at = now() - interval '5 minutes' where id = $1`, [
      id,
    ]);
    const add = jest.spyOn(queues, 'add');
    await service.app.get(ReconcileHandler).handle({}, context);
    expect(add.mock.calls.flat(2).map(({ jobId }) => jobId)).toEqual([`media.hash-${id}-1`]);
    await api.until(id);
  });
});
