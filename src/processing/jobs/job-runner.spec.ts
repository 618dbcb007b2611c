import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DelayedError, type Job, UnrecoverableError } from 'bullmq';
import { Counter, Histogram } from 'prom-client';
import { defineErrors } from '../../common/index.js';
import type { ChangeListener, MediaChange, MediaChanges } from '../../events/index.js';
import type { JobContext, JobHandler } from './job-handler.js';
import type { JobRegistry } from './job-registry.js';
import { JobRunner } from './job-runner.js';

const errors = defineErrors({
  CONTENT_BAD: { status: 422, title: 'The content is bad' },
  STORE_DOWN: { status: 503, title: 'The store is down' },
});

type Handle = JobHandler['handle'];

/** Ends when its signal does, as handlers are to. */
const untilAborted: Handle = (_payload, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });

function setUp(handle: Handle) {
  const listeners = new Set<ChangeListener>();
  const changes = {
    onChange: (listener: ChangeListener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as MediaChanges;
  const registry = { handlerOf: () => ({ job: 'media.scan', handle }) } as unknown as JobRegistry;
  const durations = new Histogram({
    name: 'd',
    help: 'd',
    labelNames: ['job', 'outcome'],
    registers: [],
  });
  const failures = new Counter({ name: 'f', help: 'f', labelNames: ['job', 'final'], registers: [] });
  const runner = new JobRunner(registry, changes, durations, failures);
  runner.onModuleInit();
  return {
    runner,
    listeners,
    tell: (change: Partial<MediaChange>) => {
      for (const listener of listeners) listener(change as MediaChange);
    },
    outcomes: async () => {
      const { values } = await durations.get();
      return values
        .filter(({ metricName }) => metricName === 'd_count')
        .map(({ labels, value }) => `${labels.job} ${labels.outcome} ${value}`);
    },
    failures: async () =>
      (await failures.get()).values.map(({ labels, value }) => `final=${labels.final} ${value}`),
  };
}

const moveToDelayed = jest.fn<Job['moveToDelayed']>();

function jobOf(values: { attemptsMade?: number; attempts?: number; mediaId?: string } = {}): Job {
  const { attemptsMade = 0, attempts = 10, mediaId = 'm1' } = values;
  return {
    name: 'media.scan',
    id: 'media.scan-m1-1',
    data: { mediaId },
    opts: { attempts },
    attemptsMade,
    moveToDelayed,
  } as unknown as Job;
}

describe('JobRunner', () => {
  beforeEach(() => {
    moveToDelayed.mockReset().mockResolvedValue(undefined);
    Logger.overrideLogger(false);
  });
  afterEach(() => Logger.overrideLogger(['log', 'warn', 'error']));

  const run = (runner: JobRunner, job = jobOf(), signal?: AbortSignal) =>
    runner.run({ job, token: 'token-1', signal });

  it('hands payload, attempt and signal to the handler, and counts the success', async () => {
    const seen: { payload: object; context: JobContext }[] = [];
    const { runner, outcomes } = setUp(async (payload, context) => {
      seen.push({ payload, context });
    });
    await run(runner, jobOf({ attemptsMade: 2, attempts: 3 }));
    expect(seen).toMatchObject([{ payload: { mediaId: 'm1' }, context: { attempt: 3, lastAttempt: true } }]);
    expect(await outcomes()).toEqual(['media.scan ok 1']);
  });

  it('ends a job at once that no retry can mend', async () => {
    const { runner, failures, outcomes } = setUp(() => Promise.reject(errors.CONTENT_BAD()));
    const failure = run(runner);
    await expect(failure).rejects.toThrow(UnrecoverableError);
    await expect(failure).rejects.toThrow('CONTENT_BAD');
    expect(await failures()).toEqual(['final=true 1']);
    expect(await outcomes()).toEqual(['media.scan failed 1']);
  });

  it.each([errors.STORE_DOWN(), new Error('connection lost')])('rethrows for a retry: %s', async (error) => {
    const { runner, failures } = setUp(() => Promise.reject(error));
    await expect(run(runner)).rejects.toBe(error);
    expect(await failures()).toEqual(['final=false 1']);
  });

  it('counts the last attempt as final', async () => {
    const { runner, failures } = setUp(() => Promise.reject(new Error('connection lost')));
    await expect(run(runner, jobOf({ attemptsMade: 9 }))).rejects.toThrow('connection lost');
    expect(await failures()).toEqual(['final=true 1']);
  });

  it('interrupts the job of a media that is deleted, and calls that no failure', async () => {
    const { runner, tell, outcomes, failures } = setUp(untilAborted);
    const running = run(runner);
    tell({ id: 'm1', deleted: true });
    await expect(running).resolves.toBeUndefined();
    expect(await outcomes()).toEqual(['media.scan cancelled 1']);
    expect(await failures()).toEqual([]);
  });

  it('leaves the jobs of other media, and of changes that delete nothing, alone', async () => {
    let finish: () => void = () => undefined;
    const { runner, tell, outcomes } = setUp(
      (_payload, { signal }) =>
        new Promise((resolve, reject) => {
          finish = resolve;
          signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
        }),
    );
    const running = run(runner);
    tell({ id: 'm2', deleted: true });
    tell({ id: 'm1', deleted: false });
    finish();
    await running;
    expect(await outcomes()).toEqual(['media.scan ok 1']);
  });

  it('hands what runs over to another worker, without a failure', async () => {
    const { runner, outcomes, failures } = setUp(untilAborted);
    const running = run(runner);
    runner.handOver();
    await expect(running).rejects.toThrow(DelayedError);
    expect(moveToDelayed).toHaveBeenCalledWith(expect.any(Number), 'token-1');
    expect(await outcomes()).toEqual(['media.scan handed-over 1']);
    expect(await failures()).toEqual([]);
  });

  it('hands over a job that arrives after that, without starting it', async () => {
    const handle = jest.fn<Handle>();
    const { runner } = setUp(handle);
    runner.handOver();
    await expect(run(runner)).rejects.toThrow(DelayedError);
    expect(handle).not.toHaveBeenCalled();
    expect(moveToDelayed).toHaveBeenCalledTimes(1);
  });

  it('interrupts a job whose lock is lost', async () => {
    const { runner } = setUp(untilAborted);
    const lock = new AbortController();
    const running = run(runner, jobOf(), lock.signal);
    lock.abort('lock lost');
    await expect(running).rejects.toThrow('aborted');
    expect(moveToDelayed).not.toHaveBeenCalled();
  });

  it('listens for deletions only while it lives', () => {
    const { runner, listeners } = setUp(untilAborted);
    expect(listeners.size).toBe(1);
    runner.onModuleDestroy();
    expect(listeners.size).toBe(0);
  });
});
