import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newId } from '../../src/common/index.js';
import { Database } from '../../src/database/index.js';
import { type JobRequest, Outbox, type OutboxMessage } from '../../src/events/index.js';
import { JobQueues } from '../../src/processing/jobs/job-queues.js';
import { eventually } from '../support/eventually.js';
import { MediaClient, smallPicture } from '../support/media-client.js';
import { hasRedis, RedisServer } from '../support/redis-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

function someJob(job = 'media.process-other'): JobRequest {
  const mediaId = newId();
  return { job, jobId: `${job}-${mediaId}-1`, payload: { mediaId, generation: 1 } };
}

async function inOutbox(service: TestApp): Promise<string[]> {
  const rows = await service.app
    .get(Database)
    .unit()
    .execute<{ job_id: string }[]>('select job_id from outbox order by id');
  return rows.map((row) => row.job_id);
}

/** Puts a request into the outbox as a process does that dies right after its commit: it wakes nobody. */
function commitAndDie(service: TestApp, request: JobRequest): Promise<void> {
  const database = service.app.get(Database);
  return database.transaction((tx) => service.app.get(Outbox).add(tx, request));
}

describe('the outbox', () => {
  let service: TestApp;
  let queues: JobQueues;
  let client: MediaClient;
  beforeAll(async () => {
    service = await startTestApp();
    queues = service.app.get(JobQueues);
    client = new MediaClient({ url: service.url, bearer: await service.bearer() });
  });
  afterAll(() => service?.close());

  it('makes a job of what was committed by a process that died then', async () => {
    const request = someJob();
    await commitAndDie(service, request);
    await eventually(async () => expect(await queues.stateOf(request)).toBe('completed'));
    expect(await inOutbox(service)).toEqual([]);
  });

  it('makes no job of a transaction that was rolled back', async () => {
    const [undone, done] = [someJob(), someJob()];
    await expect(
      service.app.get(Database).transaction(async (tx) => {
        await service.app.get(Outbox).add(tx, undone);
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await commitAndDie(service, done);
    await eventually(async () => expect(await queues.stateOf(done)).toBe('completed'));
    expect(await queues.stateOf(undone)).toBe('absent');
  });

  it('keeps a request that the queue did not take, and hands it out again', async () => {
    const add = jest.spyOn(queues, 'add').mockRejectedValue(new Error('the queue is down'));
    const { id } = await client.upload(await smallPicture());
    await eventually(() => expect(add.mock.calls.length).toBeGreaterThan(1));
    expect(await inOutbox(service)).toEqual([`media.scan-${id}-1`]);
    add.mockRestore();
    await client.until(id, 'ready');
  });

  it('leaves a request for a job of another version where it is', async () => {
    const [future, now] = [someJob('media.of-the-future'), someJob()];
    await commitAndDie(service, future);
    await commitAndDie(service, now);
    await eventually(async () => expect(await queues.stateOf(now)).toBe('completed'));
    expect(await inOutbox(service)).toEqual([future.jobId]);
    await service.app.get(Database).unit().execute('delete from outbox', [], 'run');
  });

  it('gives concurrent dispatchers different requests, and takes all back of one that fails', async () => {
    // Jobs that no dispatcher of the service takes.
    const requests = Array.from({ length: 6 }, () => someJob('media.of-the-future'));
    for (const request of requests) await commitAndDie(service, request);
    const database = service.app.get(Database);
    const outbox = service.app.get(Outbox);
    const taken: string[][] = [];
    let bothHold: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (bothHold = resolve));
    const drain = (fails: boolean) =>
      database.transaction((tx) =>
        outbox.drain(tx, { jobs: ['media.of-the-future'], limit: 3 }, async (messages: OutboxMessage[]) => {
          taken.push(messages.map(({ jobId }) => jobId));
          if (taken.length === 2) bothHold();
          await both;
          if (fails) throw new Error('the queue is down');
        }),
      );
    const [first, second] = await Promise.allSettled([drain(false), drain(true)]);
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
    expect(taken.flat().toSorted()).toEqual(requests.map(({ jobId }) => jobId).toSorted());
    const left = await inOutbox(service);
    expect(left).toHaveLength(3);
    expect(taken).toContainEqual(left);
    await database.unit().execute('delete from outbox', [], 'run');
  });
});

(hasRedis ? describe : describe.skip)('the outbox while Redis is down (needs redis-server)', () => {
  let redis: RedisServer;
  let service: TestApp;
  beforeAll(async () => {
    redis = await RedisServer.start();
    service = await startTestApp({ env: { REDIS_URL: redis.url } });
  });
  afterAll(async () => {
    // Closing waits for what Redis was asked; a shutdown gives it a deadline.
    await redis.start();
    await service?.close();
    await redis.stop();
  });

  it('keeps what is uploaded meanwhile, and everything becomes ready afterwards', async () => {
    const client = new MediaClient({ url: service.url, bearer: await service.bearer() });
    const before = await client.upload(await smallPicture());
    await client.until(before.id, 'ready');

    await redis.stop();
    const media = [await client.upload(await smallPicture(1)), await client.upload(await smallPicture(2))];
    await eventually(async () => {
      const response = await client.request('/health/ready');
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ code: 'NOT_READY', errors: [{ field: 'queue' }] });
    });
    // As the dispatcher does, which else would hold its transaction open.
    await expect(service.app.get(JobQueues).add([someJob()])).rejects.toThrow('no answer within');
    const waiting = await inOutbox(service);
    expect(waiting).toEqual(media.map(({ id }) => `media.scan-${id}-1`));

    await redis.start();
    for (const { id } of media) await client.until(id, 'ready', 30_000);
    expect((await client.request('/health/ready')).status).toBe(200);
  });
});
