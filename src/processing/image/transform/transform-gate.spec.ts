import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { TransformGate } from './transform-gate.js';

function deferred<T>() {
  return Promise.withResolvers<T>();
}

describe('TransformGate', () => {
  it('runs no more than allowed at once, and the rest in order', async () => {
    const gate = new TransformGate({ concurrency: 2, queueLength: 10 });
    const started: number[] = [];
    const jobs = Array.from({ length: 5 }, () => deferred<void>());
    const results = jobs.map((job, index) =>
      gate.run(`k${index}`, () => {
        started.push(index);
        return job.promise;
      }),
    );
    await tick();
    expect(started).toEqual([0, 1]);
    expect(gate.load).toEqual({ running: 2, waiting: 3 });
    jobs[1]?.resolve();
    await tick();
    expect(started).toEqual([0, 1, 2]);
    jobs.forEach((job) => job.resolve());
    await Promise.all(results);
    expect(started).toEqual([0, 1, 2, 3, 4]);
    expect(gate.load).toEqual({ running: 0, waiting: 0 });
  });

  it('answers 503 with Retry-After when the queue is full, and recovers', async () => {
    const gate = new TransformGate({ concurrency: 1, queueLength: 1 });
    const job = deferred<string>();
    const first = gate.run('a', () => job.promise);
    const second = gate.run('b', () => Promise.resolve('b'));
    const work = jest.fn(() => Promise.resolve('c'));
    await expect(gate.run('c', work)).rejects.toMatchObject({
      code: 'TRANSFORM_BUSY',
      status: 503,
      options: { headers: { 'Retry-After': '1' } },
    });
    expect(work).not.toHaveBeenCalled();
    job.resolve('a');
    expect(await Promise.all([first, second])).toEqual(['a', 'b']);
    expect(await gate.run('c', work)).toBe('c');
  });

  it('does the same work once for all who ask at the same time, even when it is full', async () => {
    const gate = new TransformGate({ concurrency: 1, queueLength: 0 });
    const job = deferred<string>();
    const work = jest.fn(() => job.promise);
    const all = [gate.run('same', work), gate.run('same', work), gate.run('same', work)];
    job.resolve('picture');
    expect(await Promise.all(all)).toEqual(['picture', 'picture', 'picture']);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('shares a failure with all who wait, then tries anew', async () => {
    const gate = new TransformGate({ concurrency: 1, queueLength: 0 });
    const failing = () => Promise.reject(new Error('broken'));
    const both = await Promise.allSettled([gate.run('k', failing), gate.run('k', failing)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await gate.run('k', () => Promise.resolve(1))).toBe(1);
    expect(gate.load).toEqual({ running: 0, waiting: 0 });
  });

  it('gives its place back when work throws at once', async () => {
    const gate = new TransformGate({ concurrency: 1, queueLength: 0 });
    const throwing = () => {
      throw new Error('at once');
    };
    await expect(gate.run('k', throwing)).rejects.toThrow('at once');
    expect(gate.load.running).toBe(0);
  });
});
