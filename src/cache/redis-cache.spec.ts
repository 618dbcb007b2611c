import { describe, expect, it, jest } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RedisCache } from './redis-cache.js';

const TTL_MS = 1000;

/** A Redis that holds one value and may be out of reach. */
class FakeRedis {
  value: string | null = null;
  reachable = true;
  readonly on = jest.fn();
  readonly quit = jest.fn(async () => this.answer('OK'));
  readonly disconnect = jest.fn();
  readonly get = jest.fn(async () => this.answer(this.value));
  readonly set = jest.fn(async (_name: string, value: string, _px: string, _ms: number, nx?: string) => {
    this.answer(null);
    if (nx !== 'NX' || this.value === null) this.value = value;
  });

  private answer<T>(value: T): T {
    if (!this.reachable) throw new Error('out of reach');
    return value;
  }
}

function open() {
  const redis = new FakeRedis();
  return { redis, cache: new RedisCache(redis as unknown as Redis, TTL_MS) };
}

describe('RedisCache', () => {
  it('does not believe in what Redis comes back with after a change that it was not told of', async () => {
    jest.useFakeTimers();
    const { redis, cache } = open();
    await cache.remember('n', 'k', async () => 'old');
    redis.reachable = false;
    await cache.forget('n', 'k');
    redis.reachable = true;
    expect(redis.value).toBe('"old"');
    expect(await cache.remember('n', 'k', async () => 'new')).toBe('new');
    jest.advanceTimersByTime(TTL_MS - 1);
    expect(await cache.remember('n', 'k', async () => 'new')).toBe('new');
    // By now Redis has dropped whatever it held.
    jest.advanceTimersByTime(1);
    redis.value = null;
    await cache.remember('n', 'k', async () => 'new');
    expect(redis.value).toBe('"new"');
    jest.useRealTimers();
  });

  it('lets its connection go when Redis does not answer its good-bye', async () => {
    const { redis, cache } = open();
    redis.reachable = false;
    await cache.close();
    expect(redis.disconnect).toHaveBeenCalled();
  });
});
