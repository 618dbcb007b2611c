import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { getQueueToken } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import { newId } from '../../src/common/index.js';
import type { JobRequest } from '../../src/events/index.js';
import { ProcessOtherHandler } from '../../src/processing/jobs/handlers/process-other.handler.js';
import { jobNames, scheduleOf } from '../../src/processing/jobs/job-catalogue.js';
import type { JobContext } from '../../src/processing/jobs/job-handler.js';
import { JobQueues } from '../../src/processing/jobs/job-queues.js';
import { MediaQueueProcessor } from '../../src/processing/jobs/processors.js';
import { processingErrors } from '../../src/processing/processing.errors.js';
import { securityErrors } from '../../src/security/security.errors.js';
import { eventually } from '../support/eventually.js';
import { MediaClient, smallPicture } from '../support/media-client.js';
import { hasRedis, RedisServer } from '../support/redis-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Backend {
  name: string;
  available: boolean;
  start(): Promise<{ env: Record<string, string>; stop: () => Promise<void> }>;
}

const backends: Backend[] = [
  {
    name: 'PostgreSQL',
    available: true,
    start: async () => ({ env: {}, stop: async () => undefined }),
  },
  {
    name: 'Redis (needs redis-server)',
    available: hasRedis,
    start: async () => {
      const redis = await RedisServer.start();
      return { env: { REDIS_URL: redis.url }, stop: () => redis.stop() };
    },
  },
];

const schedules = jobNames.filter((name) => scheduleOf(name) !== null);

function someJob(): JobRequest {
  const mediaId = newId();
  return {
    job: 'media.process-other',
    jobId: `media.process-other-${mediaId}-1`,
    payload: { mediaId, generation: 1 },
  };
}

for (const backend of backends) {
  (backend.available ? describe : describe.skip)(`queues on ${backend.name}`, () => {
    let server: Awaited<ReturnType<Backend['start']>>;
    let service: TestApp;
    let queues: JobQueues;
    let handle: jest.SpiedFunction<ProcessOtherHandler['handle']>;

    beforeAll(async () => {
      server = await backend.start();
      service = await startTestApp({ env: { ...server.env, WORKER_CONCURRENCY: '1' } });
      queues = service.app.get(JobQueues);
    });
    afterAll(async () => {
      await service?.close();
      await server?.stop();
    });
    beforeEach(() => {
      handle = jest.spyOn(service.app.get(ProcessOtherHandler), 'handle').mockResolvedValue(undefined);
    });
    afterEach(() => handle.mockRestore());

    const queue = (name: string) => service.app.get<Queue>(getQueueToken(name));
    const until = (request: JobRequest, state: string, withinMs?: number) =>
      eventually(async () => expect(await queues.stateOf(request)).toBe(state), withinMs);

    it('take an upload all the way to ready', async () => {
      const client = new MediaClient({ url: service.url, bearer: await service.bearer() });
      const { id } = await client.upload(await smallPicture());
      expect(await client.until(id, 'ready')).toMatchObject({ width: 64, failure: null });
    });

    it('run a job once that is added several times, also after it has ended', async () => {
      const request = someJob();
      await Promise.all([queues.add([request, request]), queues.add([request])]);
      await until(request, 'completed');
      await queues.add([request]);
      const later = someJob();
      await queues.add([later]);
      await until(later, 'completed');
      expect(handle.mock.calls.map(([payload]) => payload)).toEqual([request.payload, later.payload]);
    });

    it('run jobs in the order in which they were asked for', async () => {
      const requests = Array.from({ length: 20 }, someJob);
      await queues.add(requests);
      await until(requests.at(-1) ?? someJob(), 'completed');
      expect(handle.mock.calls.map(([payload]) => payload)).toEqual(requests.map(({ payload }) => payload));
    });

    it('try a job again, later each time, until it succeeds', async () => {
      const times: number[] = [];
      handle.mockImplementation(async () => {
        times.push(performance.now());
        if (times.length < 3) throw processingErrors.WEBHOOK_FAILED();
      });
      const request = someJob();
      await queues.add([request]);
      await until(request, 'completed', 20_000);
      const [first = 0, second = 0, third = 0] = times;
      expect(times).toHaveLength(3);
      expect(second - first).toBeGreaterThan(900);
      expect(third - second).toBeGreaterThan(1900);
    });

    it('give a job up at once that no retry can mend, and take it again only once it is forgotten', async () => {
      handle.mockRejectedValue(securityErrors.SCAN_TOO_LARGE());
      const request = someJob();
      await queues.add([request]);
      await until(request, 'failed');
      await queues.add([request]);
      expect(await queues.stateOf(request)).toBe('failed');
      expect(handle).toHaveBeenCalledTimes(1);
      handle.mockResolvedValue(undefined);
      await queues.forget(request);
      expect(await queues.stateOf(request)).toBe('absent');
      await queues.add([request]);
      await until(request, 'completed');
    });

    it('hand the handler a signal', async () => {
      const request = someJob();
      await queues.add([request]);
      await until(request, 'completed');
      expect(handle.mock.calls).toEqual([
        [
          request.payload,
          expect.objectContaining({ attempt: 1, lastAttempt: false, signal: expect.any(AbortSignal) }),
        ],
      ]);
    });

    it('interrupt a job whose lock was lost: another worker has it', async () => {
      const reasons: unknown[] = [];
      handle.mockImplementationOnce((async (_payload: object, { signal }: JobContext) => {
        await once(signal, 'abort');
        reasons.push(signal.reason);
      }) as ProcessOtherHandler['handle']);
      const request = someJob();
      await queues.add([request]);
      await eventually(() => expect(handle).toHaveBeenCalledTimes(1));
      const { worker } = service.app.get(MediaQueueProcessor);
      worker.emit('lockRenewalFailed', ['another', request.jobId]);
      await until(request, 'completed');
      expect(reasons).toEqual(['lock lost']);
    });

    it('keep depth and age of what waits', async () => {
      const media = async () => (await queues.states()).find((state) => state.queue === 'media');
      expect(await media()).toMatchObject({ counts: { waiting: 0, active: 0 }, oldestWaitingSeconds: null });
      let release: () => void = () => undefined;
      handle.mockImplementation(() => new Promise<void>((resolve) => (release = resolve)));
      const [first, second, third] = [someJob(), someJob(), someJob()];
      await queues.add([first, second, third]);
      await eventually(async () => {
        expect(await media()).toMatchObject({ counts: { waiting: 2, active: 1 } });
      });
      expect((await media())?.oldestWaitingSeconds).toBeLessThan(10);
      handle.mockResolvedValue(undefined);
      release();
      await until(third, 'completed');
    });

    it('have the work of one deployment shared by its workers', async () => {
      const beside = await startTestApp({ env: { ...server.env, WORKER_CONCURRENCY: '1' }, beside: service });
      try {
        const other = jest.spyOn(beside.app.get(ProcessOtherHandler), 'handle');
        const both = new Set<string>();
        const note = (name: string) => async () => {
          both.add(name);
          await new Promise((resolve) => setTimeout(resolve, 100));
        };
        handle.mockImplementation(note('first'));
        other.mockImplementation(note('second'));
        const requests = Array.from({ length: 8 }, someJob);
        await queues.add(requests);
        for (const request of requests) await until(request, 'completed');
        expect(both).toEqual(new Set(['first', 'second']));
        expect(handle.mock.calls.length + other.mock.calls.length).toBe(8);
      } finally {
        await beside.close();
      }
    });

    it('run each schedule once, however many workers keep it', async () => {
      const beside = await startTestApp({ env: server.env, beside: service });
      await beside.close();
      const maintenance = queue('maintenance');
      expect(await maintenance.getJobSchedulersCount()).toBe(schedules.length);
      await eventually(async () => {
        const waiting = await maintenance.getJobs(['delayed']);
        expect(waiting.map(({ name }) => name).toSorted()).toEqual(schedules.toSorted());
      });
      const ended = await maintenance.getJobs(['completed']);
      const slots = ended.map(({ name, opts }) => `${name} ${opts.prevMillis}`);
      expect(new Set(ended.map(({ name }) => name))).toEqual(new Set(schedules));
      expect(new Set(slots).size).toBe(slots.length);
      expect(await maintenance.getJobs(['failed'])).toEqual([]);
    });
  });
}
