import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getQueueToken } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import { arrivalJob } from '../../src/media/index.js';
import { ReconcileHandler } from '../../src/processing/jobs/handlers/reconcile.handler.js';
import type { JobContext } from '../../src/processing/jobs/job-handler.js';
import { JobQueues } from '../../src/processing/jobs/job-queues.js';
import { ObjectStore } from '../../src/storage/index.js';
import { ImportHandler } from '../../src/uploads/jobs/import.handler.js';
import { ExpireUploadsHandler } from '../../src/uploads/jobs/upload.handlers.js';
import { bytesOf, jsonOf, type MediaJson, onDatabase, problemOf } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { failing, HeldSource, ImportBench, serving } from '../support/import-bench.js';
import { plainPicture } from '../support/pictures.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const contextOf = (options: Partial<JobContext> = {}): JobContext => ({
  signal: new AbortController().signal,
  attempt: 1,
  lastAttempt: false,
  reportProgress: () => Promise.resolve(),
  ...options,
});

describe('attempts of an import', () => {
  let bench: ImportBench;
  let pictures = 0;
  beforeAll(async () => {
    bench = await ImportBench.start();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await bench.expectNothingLeft();
  });
  afterAll(() => bench?.stop());

  async function picture(): Promise<Buffer> {
    pictures += 1;
    return plainPicture(64, 48, 500 + pictures);
  }
  const handler = () => bench.service.app.get(ImportHandler);
  const attempt = (id: string, options: Partial<JobContext> & { generation?: number } = {}) =>
    handler().handle({ mediaId: id, generation: options.generation ?? 1 }, contextOf(options));
  const stateOf = (id: string, generation = 1) =>
    bench.service.app.get(JobQueues).stateOf(arrivalJob({ id, generation, editPlan: null }));

  /** An import whose job has ended for nothing: a test makes its attempts itself. */
  async function standing(body: object = {}): Promise<MediaJson> {
    const held = jest.spyOn(handler(), 'handle').mockResolvedValueOnce(undefined);
    const media = await bench.import(body);
    await eventually(async () => expect(await stateOf(media.id)).toBe('completed'));
    held.mockRestore();
    return media;
  }
  async function downloadOf(id: string): Promise<Buffer> {
    await bench.api.until(id);
    return bytesOf(await bench.api.get(`/v1/media/${id}/download`));
  }
  const ledger = () => onDatabase<{ prefix: string }>(bench.service, 'select prefix from pending_deletion');
  const reservation = async (id: string) =>
    (
      await onDatabase<{ bytes: string }>(
        bench.service,
        'select bytes from quota_reservation where id = $1',
        [id],
      )
    ).map(({ bytes }) => Number(bytes));
  const age = (id: string) =>
    onDatabase(bench.service, `update media set updated_at = now() - interval '5 minutes' where id = $1`, [
      id,
    ]);
  const reconcile = () => bench.service.app.get(ReconcileHandler).handle({}, contextOf());

  it('are repeated until the source has mended its fault', async () => {
    const bytes = await picture();
    const { requests } = bench.site;
    const before = requests.length;
    bench.site.answer = failing(503);
    const { id } = await bench.import();
    await eventually(() => expect(requests.length).toBe(before + 1));
    bench.site.answer = serving(bytes);
    expect(await downloadOf(id)).toEqual(bytes);
    expect(requests.length).toBe(before + 2);
  });

  it('begin with the first byte, under the same reservation, and leave nothing behind', async () => {
    const bytes = await picture();
    const { id } = await standing();
    const source = new HeldSource(bytes, { sent: 50 });
    bench.site.answer = source.answer;
    const first = attempt(id);
    (await source.connection()).destroy();
    await expect(first).rejects.toMatchObject({ code: 'IMPORT_INTERRUPTED' });
    expect(await reservation(id)).toEqual([bytes.length]);
    expect(await bench.api.json<MediaJson>(`/v1/media/${id}`)).toMatchObject({ status: 'pending' });
    bench.site.answer = serving(bytes);
    await attempt(id);
    expect(await downloadOf(id)).toEqual(bytes);
  });

  it.each([
    [502, 'IMPORT_SOURCE_UNAVAILABLE'],
    [429, 'IMPORT_SOURCE_UNAVAILABLE'],
  ])('end, after the last one, with what the source answered: %i', async (status, code) => {
    const { id } = await standing();
    bench.site.answer = failing(status);
    await expect(attempt(id)).rejects.toMatchObject({ code });
    expect(await bench.api.json<MediaJson>(`/v1/media/${id}`)).toMatchObject({ status: 'pending' });
    await expect(attempt(id, { lastAttempt: true })).rejects.toMatchObject({ code });
    expect(await bench.api.json<MediaJson>(`/v1/media/${id}`)).toMatchObject({
      status: 'failed',
      failure: { code, detail: expect.stringContaining(String(status)) },
    });
  });

  it('end, after the last one, also when the service is at fault', async () => {
    const { id } = await standing();
    bench.site.answer = serving(await picture());
    jest.spyOn(bench.service.app.get(ObjectStore), 'put').mockRejectedValueOnce(new Error('broken'));
    await expect(attempt(id, { lastAttempt: true })).rejects.toThrow('broken');
    expect(await bench.api.json<MediaJson>(`/v1/media/${id}`)).toMatchObject({
      failure: { code: 'PROCESSING_FAILED' },
    });
  });

  it('follow when a failed import is processed again', async () => {
    const bytes = await picture();
    bench.site.answer = failing(404);
    const { id } = await bench.import();
    await bench.api.until(id, 'failed');
    bench.site.answer = serving(bytes);
    const again = await bench.api.send('POST', `/v1/media/${id}/reprocess`);
    expect(await jsonOf<MediaJson>(again, 202)).toMatchObject({ status: 'pending', failure: null });
    expect(await downloadOf(id)).toEqual(bytes);
    expect(await bench.account()).toMatchObject({ reservedBytes: 0 });
  });

  it('can not follow when the URL is forgotten, and the media says so', async () => {
    bench.site.answer = failing(404);
    const { id } = await bench.import();
    await bench.api.until(id, 'failed');
    await onDatabase(bench.service, 'delete from upload where id = $1', [id]);
    expect((await bench.api.send('POST', `/v1/media/${id}/reprocess`)).status).toBe(202);
    expect(await bench.api.until(id, 'failed')).toMatchObject({ failure: { code: 'UPLOAD_EXPIRED' } });
  });

  it('are not asked for while one is under way', async () => {
    const source = new HeldSource(await picture(), { sent: 50 });
    bench.site.answer = source.answer;
    const { id } = await bench.import();
    await source.connection();
    expect(await problemOf(await bench.api.send('POST', `/v1/media/${id}/reprocess`))).toBe(
      '409 MEDIA_NOT_REPROCESSABLE',
    );
    await age(id);
    await reconcile();
    expect(await stateOf(id)).toBe('pending');
    await source.finish();
    await bench.api.until(id);
    expect(source.responses).toHaveLength(1);
  });

  it('are asked for by the reconciler when their job was lost', async () => {
    const bytes = await picture();
    const { id } = await standing();
    await bench.service.app.get<Queue>(getQueueToken('imports')).obliterate({ force: true });
    bench.site.answer = serving(bytes);
    await age(id);
    await reconcile();
    expect(await downloadOf(id)).toEqual(bytes);
  });

  it('of which a newer one ends the older one never mix', async () => {
    const [old, bytes] = [await picture(), await picture()];
    const { id } = await standing();
    const source = new HeldSource(old, { sent: 50 });
    bench.site.answer = source.answer;
    const first = attempt(id);
    await source.connection();
    bench.site.answer = serving(bytes);
    const second = attempt(id);
    await expect(first).rejects.toThrow('in conflict with another attempt');
    await second;
    await source.closed();
    expect(await downloadOf(id)).toEqual(bytes);
  });

  it('that only seemed dead give their bytes to nobody', async () => {
    const [old, bytes] = [await picture(), await picture()];
    const { id } = await standing();
    const source = new HeldSource(old, { sent: 50 });
    bench.site.answer = source.answer;
    const first = attempt(id);
    await source.connection();
    // As when its process slept, and so did neither renew its lease nor hear of the newer attempt.
    await onDatabase(
      bench.service,
      'update upload set lease_token = lease_token + 1, lease_until = null where id = $1',
      [id],
    );
    bench.site.answer = serving(bytes);
    await attempt(id);
    expect(await downloadOf(id)).toEqual(bytes);
    await source.finish();
    await first.catch(() => undefined);
    expect(await downloadOf(id)).toEqual(bytes);
    expect(await bench.api.json<MediaJson>(`/v1/media/${id}`)).toMatchObject({ size: bytes.length });
  });

  it('that only seemed dead end no media', async () => {
    const bytes = await picture();
    const { id } = await standing();
    const source = new HeldSource(bytes, { sent: 50 });
    bench.site.answer = source.answer;
    const first = attempt(id, { lastAttempt: true });
    await source.connection();
    await onDatabase(bench.service, 'update upload set lease_token = lease_token + 1 where id = $1', [id]);
    (await source.connection()).destroy();
    await expect(first).rejects.toThrow();
    expect(await bench.api.json<MediaJson>(`/v1/media/${id}`)).toMatchObject({ status: 'pending' });
    await onDatabase(bench.service, 'update upload set lease_until = null where id = $1', [id]);
    bench.site.answer = serving(bytes);
    await attempt(id);
    await bench.api.until(id);
  });

  it('that slept for so long that their place was swept are repeated', async () => {
    const bytes = await picture();
    const { id } = await standing();
    const source = new HeldSource(bytes, { sent: 50 });
    bench.site.answer = source.answer;
    const first = attempt(id);
    await source.connection();
    await eventually(async () => expect(await ledger()).not.toEqual([]));
    await onDatabase(bench.service, 'delete from quota_reservation where id = $1', [id]);
    await onDatabase(bench.service, 'update quota set reserved_bytes = 0');
    await source.finish();
    await expect(first).rejects.toThrow('in conflict');
    expect(await bench.api.json<MediaJson>(`/v1/media/${id}`)).toMatchObject({ status: 'pending' });
    bench.site.answer = serving(bytes);
    await attempt(id);
    expect(await downloadOf(id)).toEqual(bytes);
  });

  it('do nothing for a media that has its bytes, or is of another generation', async () => {
    const bytes = await picture();
    bench.site.answer = serving(bytes);
    const { id } = await bench.import();
    await bench.api.until(id);
    const asked = bench.site.requests.length;
    await attempt(id);
    await attempt(id, { generation: 2 });
    expect(bench.site.requests.length).toBe(asked);
  });

  describe('whose media is deleted', () => {
    const remove = async (id: string, permanent: boolean) =>
      expect((await bench.api.send('DELETE', `/v1/media/${id}?permanent=${permanent}`)).status).toBe(204);

    it('end at once, and everything that they held is given back', async () => {
      const before = await bench.account();
      const source = new HeldSource(await picture(), { sent: 50 });
      bench.site.answer = source.answer;
      const { id } = await bench.import();
      await source.connection();
      await eventually(async () => expect((await reservation(id))[0]).toBeGreaterThan(0));
      await remove(id, true);
      expect(await bench.account()).toEqual(before);
      await source.closed();
      await eventually(async () => expect(await bench.upload(id)).toBeUndefined());
      await eventually(async () => expect(await stateOf(id)).toBe('completed'));
    });

    it('end at once when it goes to the trash, and begin again when it is restored', async () => {
      const bytes = await picture();
      const before = await bench.account();
      const source = new HeldSource(bytes, { sent: 50 });
      bench.site.answer = source.answer;
      const { id } = await bench.import();
      await source.connection();
      await remove(id, false);
      await source.closed();
      await eventually(async () => expect(await stateOf(id)).toBe('completed'));
      expect(await bench.account()).toEqual({ ...before, mediaCount: before.mediaCount + 1 });
      bench.site.answer = serving(bytes);
      await jsonOf(await bench.api.send('POST', `/v1/media/${id}/restore`), 200);
      await age(id);
      await reconcile();
      expect(await downloadOf(id)).toEqual(bytes);
    });

    it('end without an attempt when it was deleted before', async () => {
      const { id } = await standing();
      const asked = bench.site.requests.length;
      await remove(id, true);
      await attempt(id);
      expect(bench.site.requests.length).toBe(asked);
      expect(await bench.upload(id)).toBeUndefined();
    });

    it('leave no session behind that waits for none', async () => {
      const { id } = await standing();
      await remove(id, false);
      const expire = () => bench.service.app.get(ExpireUploadsHandler).handle({}, contextOf());
      await expire();
      expect(await bench.upload(id)).toMatchObject({ state: 'open' });
      await remove(id, true);
      await expire();
      expect(await bench.upload(id)).toBeUndefined();
    });

    it('bring nothing when they have not heard of it', async () => {
      const source = new HeldSource(await picture(), { sent: 50 });
      bench.site.answer = source.answer;
      const { id } = await standing();
      // Nobody cancels it: it is no job of the queue.
      const first = attempt(id);
      await source.connection();
      await eventually(async () => expect((await reservation(id))[0]).toBeGreaterThan(0));
      await remove(id, true);
      await source.finish();
      await first;
      expect(await bench.upload(id)).toBeUndefined();
      expect(await onDatabase(bench.service, 'select id from media where id = $1', [id])).toEqual([]);
    });

    it('end in whichever process they run', async () => {
      const source = new HeldSource(await picture(), { sent: 50 });
      bench.site.answer = source.answer;
      const { id } = await bench.import();
      await source.connection();
      const other: TestApp = await startTestApp({ beside: bench.service, env: { ROLE: 'api' } });
      try {
        const response = await fetch(`${other.url}/v1/media/${id}?permanent=true`, {
          method: 'DELETE',
          headers: { authorization: await other.bearer() },
        });
        expect(response.status).toBe(204);
        await source.closed();
        await eventually(async () => expect(await bench.upload(id)).toBeUndefined());
      } finally {
        await other.close();
      }
    });

    it('race with their own end, and either way nothing is left', async () => {
      for (let round = 0; round < 12; round += 1) {
        const source = new HeldSource(await picture(), { sent: 50 });
        bench.site.answer = source.answer;
        const { id } = await bench.import();
        await source.connection();
        await Promise.all([source.finish(), remove(id, round % 2 === 0)]);
        await eventually(async () => expect(await stateOf(id)).toBe('completed'));
        if (round % 2 === 1) await remove(id, true);
        await bench.service.app.get(ExpireUploadsHandler).handle({}, contextOf());
        expect((await bench.upload(id))?.state ?? 'committed').toBe('committed');
      }
    });
  });
});
