import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TOMBSTONE_MS } from './cache.js';

// lru-cache takes hold of the clock when it is loaded.
jest.useFakeTimers();
// It takes the moment 0 for none.
jest.advanceTimersByTime(1);
const { MemoryCache } = await import('./memory-cache.js');

const TTL_MS = 1000;

describe('MemoryCache', () => {
  let cache: InstanceType<typeof MemoryCache>;
  beforeEach(() => {
    cache = new MemoryCache(TTL_MS);
  });
  afterAll(() => {
    jest.useRealTimers();
  });

  /** Whether the cache has to load the key now. */
  async function loads(key = 'k'): Promise<boolean> {
    let loaded = false;
    await cache.remember('n', key, async () => {
      loaded = true;
      return 1;
    });
    return loaded;
  }

  it('keeps a value for its time and no longer', async () => {
    await loads();
    jest.advanceTimersByTime(TTL_MS - 10);
    expect(await loads()).toBe(false);
    jest.advanceTimersByTime(20);
    expect(await loads()).toBe(true);
  });

  it('keeps nothing of a forgotten key while a reader of the old value may be about', async () => {
    await cache.forget('n', 'k');
    jest.advanceTimersByTime(TOMBSTONE_MS - 10);
    expect([await loads(), await loads()]).toEqual([true, true]);
    jest.advanceTimersByTime(20);
    expect([await loads(), await loads()]).toEqual([true, false]);
  });

  it('does not keep what was loaded before a reset', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const reading = cache.remember('n', 'k', () => promise);
    cache.reset();
    resolve(1);
    expect(await reading).toBe(1);
    expect(await loads()).toBe(true);
  });

  it('hands out copies', async () => {
    await cache.remember('n', 'k', async () => ({ list: [1] }));
    const load = async () => ({ list: [0] });
    const first = await cache.remember('n', 'k', load);
    first?.list.push(2);
    expect(await cache.remember('n', 'k', load)).toEqual({ list: [1] });
  });

  it('bounds what it keeps', async () => {
    for (let index = 0; index <= 10_000; index += 1) await loads(`k${index}`);
    expect(await loads('k0')).toBe(true);
    expect(await loads('k10000')).toBe(false);
  });
});
