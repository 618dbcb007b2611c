import { describe, expect, it } from '@jest/globals';
import { Slots } from './slots.js';

describe('Slots', () => {
  /** Work that ends when it is told to. */
  function held(slots: Slots, log: string[], name: string, signal?: AbortSignal) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const done = slots.run(() => {
      log.push(name);
      return promise;
    }, signal);
    return { done, end: () => resolve(undefined) };
  }

  it('runs no more at once than there are slots, in the order in which they came', async () => {
    const log: string[] = [];
    const slots = new Slots(2);
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => held(slots, log, name));
    await Promise.resolve();
    expect(log).toEqual(['a', 'b']);
    b?.end();
    await b?.done;
    expect(log).toEqual(['a', 'b', 'c']);
    for (const work of [a, c, d]) work?.end();
    await Promise.all([a?.done, c?.done, d?.done]);
    expect(log).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets who waits go when the signal says so, and gives its turn to the next', async () => {
    const log: string[] = [];
    const slots = new Slots(1);
    const controller = new AbortController();
    const first = held(slots, log, 'first');
    const waiting = held(slots, log, 'waiting', controller.signal);
    const next = held(slots, log, 'next');
    controller.abort(new Error('deleted'));
    await expect(waiting.done).rejects.toThrow('deleted');
    first.end();
    next.end();
    await next.done;
    expect(log).toEqual(['first', 'next']);
  });

  it('frees its slot when the work fails', async () => {
    const slots = new Slots(1);
    await expect(slots.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(slots.run(() => Promise.resolve(1))).resolves.toBe(1);
  });
});
