import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { getQueueToken } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import { Database } from '../../src/database/index.js';
import { processJob, scanJob } from '../../src/media/index.js';
import { ProcessImageHandler } from '../../src/processing/jobs/handlers/process-image.handler.js';
import { ReconcileHandler } from '../../src/processing/jobs/handlers/reconcile.handler.js';
import { ScanHandler } from '../../src/processing/jobs/handlers/scan.handler.js';
import type { JobContext } from '../../src/processing/jobs/job-handler.js';
import { JobQueues } from '../../src/processing/jobs/job-queues.js';
import { eventually } from '../support/eventually.js';
import { MediaClient, type MediaSeen, smallPicture } from '../support/media-client.js';
import { hasRedis, RedisServer } from '../support/redis-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const context: JobContext = {
  signal: new AbortController().signal,
  attempt: 1,
  lastAttempt: true,
  reportProgress: () => Promise.resolve(),
};

for (const backend of ['PostgreSQL', 'Redis']) {
  const available = backend === 'PostgreSQL' || hasRedis;
  const title = `the reconciler on ${backend}${backend === 'Redis' ? ' (needs redis-server)' : ''}`;
  (available ? describe : describe.skip)(title, () => {
    let redis: RedisServer | null = null;
    let service: TestApp;
    let client: MediaClient;
    let queues: JobQueues;
    let scan: jest.SpiedFunction<ScanHandler['handle']>;
    let process: jest.SpiedFunction<ProcessImageHandler['handle']>;

    beforeAll(async () => {
      if (backend === 'Redis') redis = await RedisServer.start();
      service = await startTestApp({ env: redis ? { REDIS_URL: redis.url } : {} });
      client = new MediaClient({ url: service.url, bearer: await service.bearer() });
      queues = service.app.get(JobQueues);
    });
    afterAll(async () => {
      await service?.close();
      await redis?.stop();
    });
    beforeEach(() => {
      scan = jest.spyOn(service.app.get(ScanHandler), 'handle');
      process = jest.spyOn(service.app.get(ProcessImageHandler), 'handle');
    });
    afterEach(() => {
      jest.restoreAllMocks();
    });

    const reconcile = () => service.app.get(ReconcileHandler).handle({}, context);
    const queue = () => service.app.get<Queue>(getQueueToken('media'));
    const runOf = ({ id }: MediaSeen) => ({ id, generation: 1 });

    /** As if a media had last moved some minutes ago. */
    async function age({ id }: MediaSeen): Promise<void> {
      await service.app
        .get(Database)
        .unit()
        .execute(`update media set updated_at = now() - interval '5 minutes' where id = ?`, [id], 'run');
    }

    /** Everything that the queue knows is lost, as with a Redis that has kept nothing. */
    async function loseQueue(): Promise<void> {
      if (redis) await redis.flush();
      else await queue().obliterate({ force: true });
    }

    /** Uploads a picture whose job ends without a step being made: it stands still from then on. */
    async function standingStill(at: 'scanning' | 'processing'): Promise<MediaSeen> {
      (at === 'scanning' ? scan : process).mockResolvedValueOnce(undefined);
      const media = await client.upload(await smallPicture());
      const request = at === 'scanning' ? scanJob(runOf(media)) : processJob(runOf(media), 'image');
      await eventually(async () => expect(await queues.stateOf(request)).toBe('completed'));
      expect(await client.get(media.id)).toMatchObject({ status: at });
      return media;
    }

    it.each(['scanning', 'processing'] as const)('brings %s media on when the queue was lost', async (at) => {
      const media = await standingStill(at);
      await loseQueue();
      await age(media);
      await reconcile();
      await client.until(media.id, 'ready');
    });

    it.each(['scanning', 'processing'] as const)(
      'brings %s media on whose job ended for nothing',
      async (at) => {
        const media = await standingStill(at);
        await age(media);
        await reconcile();
        await client.until(media.id, 'ready');
      },
    );

    it('gives outbox and retries a minute before it looks', async () => {
      const media = await standingStill('scanning');
      await reconcile();
      expect(await queues.stateOf(scanJob(runOf(media)))).toBe('completed');
      await age(media);
      await reconcile();
      await client.until(media.id, 'ready');
    });

    it('leaves a job alone that waits for its next attempt', async () => {
      scan.mockRejectedValueOnce(new Error('connection lost'));
      const media = await client.upload(await smallPicture());
      const request = scanJob(runOf(media));
      await eventually(() => expect(scan).toHaveBeenCalledTimes(1));
      await age(media);
      await reconcile();
      expect(await queues.stateOf(request)).toBe('pending');
      await client.until(media.id, 'ready');
      expect(scan).toHaveBeenCalledTimes(2);
    });

    it('ends media whose processing failed again and again, and they can be tried again', async () => {
      const media = await standingStill('processing');
      const request = processJob(runOf(media), 'image');
      await failFor(request.jobId, request.job);
      await age(media);
      await reconcile();
      expect(await client.get(media.id)).toMatchObject({
        status: 'failed',
        failure: { code: 'PROCESSING_FAILED' },
      });
      const response = await client.request(`/v1/media/${media.id}/reprocess`, { method: 'POST' });
      expect(response.ok).toBe(true);
      expect(await client.until(media.id, 'ready')).toMatchObject({ failure: null });
    });

    it('never gives up on a scan', async () => {
      const media = await standingStill('scanning');
      const request = scanJob(runOf(media));
      await failFor(request.jobId, request.job);
      await age(media);
      await reconcile();
      await client.until(media.id, 'ready');
    });

    it('leaves media in the trash alone, and brings them on once they are restored', async () => {
      const media = await standingStill('scanning');
      await client.request(`/v1/media/${media.id}`, { method: 'DELETE' });
      await age(media);
      await reconcile();
      expect(await queues.stateOf(scanJob(runOf(media)))).toBe('completed');
      expect(await client.get(media.id)).toMatchObject({ status: 'scanning' });

      await client.request(`/v1/media/${media.id}/restore`, { method: 'POST' });
      await age(media);
      await reconcile();
      await client.until(media.id, 'ready');
    });

    it('interrupts the job of media that go to the trash, and brings them on after a restore', async () => {
      process.mockImplementationOnce(
        (_payload, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
          }),
      );
      const media = await client.upload(await smallPicture());
      await eventually(() => expect(process).toHaveBeenCalledTimes(1));
      await client.request(`/v1/media/${media.id}`, { method: 'DELETE' });
      const request = processJob(runOf(media), 'image');
      await eventually(async () => expect(await queues.stateOf(request)).toBe('completed'));

      await client.request(`/v1/media/${media.id}/restore`, { method: 'POST' });
      await age(media);
      await reconcile();
      await client.until(media.id, 'ready');
    });

    it('looks at all of many', async () => {
      const unit = service.app.get(Database).unit();
      const media = await standingStill('scanning');
      await unit.execute(
        `insert into media (id, owner_id, filename, content_type, kind, size_bytes, sha256, status, visibility, updated_at)
           select gen_random_uuid(), 'bob', 'x', 'application/pdf', 'document', 1, '', 'processing', 'private',
                  now() - interval '5 minutes'
             from generate_series(1, 450)`,
        [],
        'run',
      );
      await age(media);
      await reconcile();
      await client.until(media.id, 'ready', 30_000);
      await eventually(async () => {
        const rows = await unit.execute<{ count: string }[]>(
          `select count(*) from media where owner_id = 'bob' and status = 'ready'`,
        );
        expect(rows[0]?.count).toBe('450');
      }, 30_000);
    });

    /** Has a job end without attempts left. */
    async function failFor(jobId: string, job: string): Promise<void> {
      await queue().remove(jobId);
      const handler = job === 'media.scan' ? scan : process;
      handler.mockRejectedValueOnce(new Error('connection lost'));
      const added = await queue().add(job, { mediaId: 'none', generation: 1 }, { jobId, attempts: 1 });
      await eventually(async () => expect(await added.getState()).toBe('failed'));
    }
  });
}
