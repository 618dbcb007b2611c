import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  ReconcileEverythingHandler,
  TendReconciliationsHandler,
} from '../../src/admin/reconciliation/jobs/reconciliation.handlers.js';
import { ReconciliationRepository } from '../../src/admin/reconciliation/reconciliation.repository.js';
import { reconcileJob } from '../../src/admin/reconciliation/reconcile-job.js';
import { newId } from '../../src/common/index.js';
import { JobQueues } from '../../src/processing/index.js';
import { ObjectStore, storageErrors } from '../../src/storage/index.js';
import { Api, jsonOf, onDatabase, problemOf } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { smallPicture } from '../support/media-client.js';
import {
  pauseMaintenance,
  type ReconciliationJson,
  startReconciliation,
  untilReconciled,
} from '../support/reconciliation.js';
import { type TestApp, startTestApp } from '../support/test-app.js';
import { clear } from '../support/traces.js';

const context = (signal = new AbortController().signal) => ({
  signal,
  attempt: 1,
  lastAttempt: false,
  reportProgress: () => Promise.resolve(),
});

describe('POST /v1/admin/reconcile', () => {
  const services: TestApp[] = [];
  let service: TestApp;
  let api: Api;
  let admin: Api;
  beforeAll(async () => {
    service = await startTestApp();
    services.push(service, await startTestApp({ beside: service, env: { ROLE: 'api' } }));
    api = await Api.as(service);
    admin = await Api.as(service, { scopes: ['admin'] });
    await pauseMaintenance(service);
  });
  beforeEach(async () => {
    await onDatabase(service, 'truncate reconciliation');
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await clear(service);
  });
  afterAll(async () => {
    for (const { close } of services.toReversed()) await close();
  });

  const read = (id: string) => admin.json<ReconciliationJson>(`/v1/admin/reconcile/${id}`);
  const sql = (statement: string, ...values: unknown[]) => onDatabase(service, statement, values);
  const drift = () => sql(`update quota set used_bytes = used_bytes + 1 where subject_id = 'alice'`);

  it('answers with where the report is, and changes nothing unless it is told to', async () => {
    await api.uploadReady(await smallPicture());
    await drift();
    const response = await admin.send('POST', '/v1/admin/reconcile', { body: {} });
    const location = response.headers.get('location');
    const started = await jsonOf<{ id: string; state: string }>(response, 202);
    expect(started).toEqual({ id: started.id, state: 'running' });
    expect(location).toBe(`/v1/admin/reconcile/${started.id}`);
    const report = await untilReconciled(admin, started.id);
    expect(report).toMatchObject({
      id: started.id,
      state: 'done',
      dryRun: true,
      failureCode: null,
      findingCounts: { 'quota.drift': 1 },
      findings: [{ kind: 'quota.drift', subject: 'user:alice', mended: false }],
      counts: { media: 1, originals: 1, accounts: 1 },
    });
    const mended = await untilReconciled(admin, await startReconciliation(admin, { dryRun: false }));
    expect(mended).toMatchObject({ dryRun: false, findings: [{ kind: 'quota.drift', mended: true }] });
    const third = await untilReconciled(admin, await startReconciliation(admin, { dryRun: true }));
    expect(third).toMatchObject({ state: 'done', findings: [], findingCounts: {} });
  });

  it('is started once for one Idempotency-Key', async () => {
    jest.spyOn(service.app.get(ReconcileEverythingHandler), 'handle').mockResolvedValue();
    const headers = { 'idempotency-key': newId() };
    const start = () => admin.send('POST', '/v1/admin/reconcile', { body: {}, headers });
    const [first, second] = [await start(), await start()];
    const { id } = await jsonOf<{ id: string }>(first, 202);
    expect(await jsonOf(second, 202)).toEqual({ id, state: 'running' });
  });

  it('is for administrators, and takes a flag', async () => {
    expect(await problemOf(await api.send('POST', '/v1/admin/reconcile', { body: {} }))).toBe(
      '403 INSUFFICIENT_SCOPE',
    );
    expect(await problemOf(await admin.send('POST', '/v1/admin/reconcile', { body: { dryRun: 'no' } }))).toBe(
      '400 VALIDATION_FAILED',
    );
    expect(await problemOf(await admin.get(`/v1/admin/reconcile/${newId()}`))).toBe(
      '404 RECONCILIATION_NOT_FOUND',
    );
  });

  it('runs once at a time in the cluster', async () => {
    const run = jest.spyOn(service.app.get(ReconcileEverythingHandler), 'handle').mockResolvedValue();
    const callers = await Promise.all(services.map((process) => Api.as(process, { scopes: ['admin'] })));
    const answers = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => {
        const response = await (callers[index % 2] ?? admin).send('POST', '/v1/admin/reconcile', {
          body: {},
        });
        return response.status === 202 ? '202' : problemOf(response);
      }),
    );
    expect(answers.toSorted()).toEqual([
      '202',
      ...Array.from({ length: 5 }, () => '409 RECONCILIATION_RUNNING'),
    ]);
    await eventually(() => expect(run).toHaveBeenCalledTimes(1));
  });

  it('lists the first findings and counts them all', async () => {
    await sql(
      `insert into quota (scope, subject_id, used_bytes) select 'user', 'u' || n, 1 from generate_series(1, 1234) n`,
    );
    const report = await untilReconciled(admin, await startReconciliation(admin));
    expect(report.findings).toHaveLength(1000);
    expect(report.findingCounts).toEqual({ 'quota.drift': 1234 });
    expect(report.counts).toMatchObject({ accounts: 1234 });
  });

  it('is tried again when a part was down, and tells of the whole once', async () => {
    await api.uploadReady(await smallPicture());
    await drift();
    const head = jest.spyOn(service.app.get(ObjectStore), 'head');
    head.mockRejectedValueOnce(storageErrors.STORAGE_UNAVAILABLE());
    const report = await untilReconciled(admin, await startReconciliation(admin));
    expect(report).toMatchObject({
      state: 'done',
      findingCounts: { 'quota.drift': 1 },
      counts: { accounts: 1 },
    });
  });

  it('says why it failed for good', async () => {
    await api.uploadReady(await smallPicture());
    const head = jest.spyOn(service.app.get(ObjectStore), 'head');
    head.mockRejectedValue(storageErrors.INVALID_STORAGE_KEY());
    const report = await untilReconciled(admin, await startReconciliation(admin));
    expect(report).toMatchObject({ state: 'failed', failureCode: 'INVALID_STORAGE_KEY' });
    expect(report.finishedAt).not.toBeNull();
  });

  describe('without its worker', () => {
    const tend = () => service.app.get(TendReconciliationsHandler).handle();
    const queues = () => service.app.get(JobQueues);
    /** A run of which nobody has heard for a while. */
    async function silent(): Promise<string> {
      const id = newId();
      await sql(
        `insert into reconciliation (id, dry_run, updated_at) values ($1, true, now() - interval '5 minutes')`,
        id,
      );
      return id;
    }

    it('is begun anew by the next one, and the one before writes no more', async () => {
      const id = await silent();
      const repository = service.app.get(ReconciliationRepository);
      const first = await repository.begin(id);
      const second = await repository.begin(id);
      if (!first || !second) throw new Error('it could not be begun');
      const findings = { counts: { media: 1 }, findingCounts: {}, findings: [], notes: [] };
      await expect(repository.save(first, findings)).rejects.toThrow('taken this reconciliation over');
      await repository.finish(first, findings);
      expect(await read(id)).toMatchObject({ state: 'running', counts: {} });
      await repository.finish(second, findings);
      expect(await read(id)).toMatchObject({ state: 'done', counts: { media: 1 } });
      expect(await repository.begin(id)).toBeNull();
    });

    it('stays running when the process shuts down', async () => {
      const id = await silent();
      const stopped = context(AbortSignal.abort(new Error('shutdown')));
      const handler = service.app.get(ReconcileEverythingHandler);
      const run = handler.handle({ reconciliationId: id }, { ...stopped, lastAttempt: true });
      await expect(run).rejects.toThrow('shutdown');
      expect(await read(id)).toMatchObject({ state: 'running' });
    });

    it('is queued again when the queue has lost it', async () => {
      const id = await silent();
      await tend();
      expect(await untilReconciled(admin, id)).toMatchObject({ state: 'done' });
    });

    it('is left alone while it waits in the outbox, or was heard of', async () => {
      const id = await silent();
      const { jobId } = reconcileJob(id);
      await sql(
        `insert into outbox (id, job, job_id, payload) values ($1, 'unknown', $2, '{}')`,
        newId(),
        jobId,
      );
      await tend();
      expect(await queues().stateOf(reconcileJob(id))).toBe('absent');
      await sql('delete from outbox');
      await sql('update reconciliation set updated_at = now()');
      await tend();
      expect(await queues().stateOf(reconcileJob(id))).toBe('absent');
    });

    it('has failed when its job has ended without it', async () => {
      const handle = jest.spyOn(service.app.get(ReconcileEverythingHandler), 'handle').mockResolvedValue();
      const id = await silent();
      await queues().add([reconcileJob(id)]);
      await eventually(async () => expect(await queues().stateOf(reconcileJob(id))).toBe('completed'));
      expect(handle).toHaveBeenCalledTimes(1);
      await tend();
      expect(await read(id)).toMatchObject({ state: 'failed', failureCode: 'RECONCILIATION_FAILED' });
      expect((await admin.send('POST', '/v1/admin/reconcile', { body: {} })).status).toBe(202);
    });

    it('is forgotten a week after it has ended', async () => {
      const id = newId();
      await sql(
        `insert into reconciliation (id, state, dry_run, finished_at) values ($1, 'done', true, now() - interval '6 days')`,
        id,
      );
      await tend();
      expect((await read(id)).state).toBe('done');
      await sql(`update reconciliation set finished_at = now() - interval '8 days'`);
      await tend();
      expect(await problemOf(await admin.get(`/v1/admin/reconcile/${id}`))).toBe(
        '404 RECONCILIATION_NOT_FOUND',
      );
    });
  });
});
