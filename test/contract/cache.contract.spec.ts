import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type Cache, MemoryCache, RedisCache } from '../../src/cache/index.js';
import { TOMBSTONE_MS } from '../../src/cache/cache.js';
import { eventually } from '../support/eventually.js';
import { hasRedis, RedisServer } from '../support/redis-server.js';

const TTL_MS = 400;

interface Driver {
  name: string;
  available: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
  open(): Promise<Cache>;
}

let server: RedisServer;

/** As the cache module connects. */
async function openRedis(): Promise<Cache> {
  const redis = new Redis(server.url, {
    commandTimeout: 500,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
  });
  const cache = new RedisCache(redis, TTL_MS);
  await new Promise<void>((resolve) => redis.once('ready', () => resolve()));
  return cache;
}

const drivers: Driver[] = [
  {
    name: 'MemoryCache',
    available: true,
    start: async () => undefined,
    stop: async () => undefined,
    open: async () => new MemoryCache(TTL_MS),
  },
  {
    name: hasRedis ? 'RedisCache' : 'RedisCache (needs redis-server)',
    available: hasRedis,
    start: async () => {
      server = await RedisServer.start();
    },
    stop: () => server.stop(),
    open: openRedis,
  },
];

/** A value that changes, and how often it was loaded. */
class Source {
  loads = 0;
  value = 1;
  readonly load = async (): Promise<{ value: number }> => {
    this.loads += 1;
    return { value: this.value };
  };
}

describe.each(drivers)('$name', ({ available, start, stop, open }) => {
  const test = available ? it : it.skip;
  let cache: Cache;
  let key = '';
  let keys = 0;

  beforeAll(async () => {
    if (available) await start();
  });
  afterAll(async () => {
    if (available) await stop();
  });
  beforeEach(async () => {
    keys += 1;
    key = `key-${keys}`;
    if (available) cache = await open();
  });
  afterEach(async () => {
    if (available) await cache.close();
  });

  test('loads once, and again when the time is over', async () => {
    const source = new Source();
    expect(await cache.remember('n', key, source.load)).toEqual({ value: 1 });
    source.value = 2;
    expect(await cache.remember('n', key, source.load)).toEqual({ value: 1 });
    await sleep(TTL_MS + 50);
    expect(await cache.remember('n', key, source.load)).toEqual({ value: 2 });
    expect(source.loads).toBe(2);
  });

  test('keeps namespaces and keys apart', async () => {
    await cache.remember('a', key, async () => 1);
    expect(await cache.remember('b', key, async () => 2)).toBe(2);
    expect(await cache.remember('a', `${key}x`, async () => 3)).toBe(3);
    expect(await cache.remember('a', key, async () => 4)).toBe(1);
  });

  test('keeps all that JSON can say', async () => {
    const value = { text: 'ü🏖\u0000', list: [1, null, { a: true }], empty: '', zero: 0 };
    await cache.remember('n', key, async () => value);
    expect(await cache.remember('n', key, async () => ({}))).toEqual(value);
  });

  test.each([0, false, ''])('keeps %j, which is something', async (value) => {
    await cache.remember<unknown>('n', key, async () => value);
    expect(await cache.remember<unknown>('n', key, async () => 'other')).toBe(value);
  });

  test('does not keep that there is nothing', async () => {
    expect(await cache.remember('n', key, async () => null)).toBeNull();
    expect(await cache.remember('n', key, async () => 1)).toBe(1);
  });

  test('passes on a failure and keeps nothing of it', async () => {
    const failing = async (): Promise<number> => {
      throw new Error('no database');
    };
    await expect(cache.remember('n', key, failing)).rejects.toThrow('no database');
    expect(await cache.remember('n', key, async () => 1)).toBe(1);
  });

  test('loads again what was forgotten', async () => {
    const source = new Source();
    await cache.remember('n', key, source.load);
    source.value = 2;
    await cache.forget('n', key);
    expect(await cache.remember('n', key, source.load)).toEqual({ value: 2 });
  });

  test('never keeps what a reader loaded before the change and brings after it', async () => {
    const source = new Source();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const stale = cache.remember('n', key, async () => {
      const value = await source.load();
      await held;
      return value;
    });
    await sleep(20);
    source.value = 2;
    await cache.forget('n', key);
    release();
    expect(await stale).toEqual({ value: 1 });
    expect(await cache.remember('n', key, source.load)).toEqual({ value: 2 });
  });

  test('caches again some time after the change', async () => {
    await cache.forget('n', key);
    await sleep(TOMBSTONE_MS + 100);
    const source = new Source();
    for (let read = 0; read < 3; read += 1) await cache.remember('n', key, source.load);
    expect(source.loads).toBe(1);
  });

  test('goes on after a reset', async () => {
    const source = new Source();
    await cache.remember('n', key, source.load);
    cache.reset();
    expect(await cache.remember('n', key, source.load)).toEqual({ value: 1 });
  });
});

(hasRedis ? describe : describe.skip)('RedisCache without Redis (needs redis-server)', () => {
  let redis: RedisServer;
  let caches: RedisCache[] = [];

  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterEach(async () => {
    await Promise.all(caches.map((cache) => cache.close()));
    caches = [];
  });
  afterAll(() => redis.stop());

  async function connect(ttlMs = TTL_MS): Promise<RedisCache> {
    const client = new Redis(redis.url, {
      commandTimeout: 500,
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
    });
    const cache = new RedisCache(client, ttlMs);
    caches.push(cache);
    await new Promise<void>((resolve) => client.once('ready', () => resolve()));
    return cache;
  }

  it('shares values and changes between processes', async () => {
    const [a, b] = [await connect(), await connect()];
    await a.remember('n', 'shared', async () => 1);
    expect(await b.remember('n', 'shared', async () => 2)).toBe(1);
    await b.forget('n', 'shared');
    expect(await a.remember('n', 'shared', async () => 3)).toBe(3);
  });

  it('loads while Redis is gone, and caches when it is back', async () => {
    const cache = await connect();
    const source = new Source();
    await redis.stop();
    for (let read = 0; read < 3; read += 1) {
      const started = performance.now();
      expect(await cache.remember('n', 'gone', source.load)).toEqual({ value: 1 });
      await cache.forget('n', 'gone');
      expect(performance.now() - started).toBeLessThan(1500);
    }
    expect(source.loads).toBe(3);
    await redis.start();
    await eventually(async () => {
      const before = source.loads;
      await cache.remember('n', 'back', source.load);
      await cache.remember('n', 'back', source.load);
      expect(source.loads - before).toBeLessThan(2);
    });
  });

  it('waits no longer than half a second for a Redis that hangs', async () => {
    const cache = await connect();
    await cache.remember('n', 'hung', async () => 1);
    const other = new Redis(redis.url);
    await other.client('PAUSE', 2000);
    other.disconnect();
    const started = performance.now();
    expect(await cache.remember('n', 'hung', async () => 2)).toBe(2);
    expect(performance.now() - started).toBeLessThan(1500);
  });
});
