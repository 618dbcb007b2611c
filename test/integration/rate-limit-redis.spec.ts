import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { SharedRateLimitStorage } from '../../src/http/rate-limit.storage.js';
import { freePort } from '../support/free-port.js';

const installed = spawnSync('redis-server', ['--version']).status === 0;

(installed ? describe : describe.skip)('rate limits on Redis (needs redis-server)', () => {
  let server: ChildProcess;
  let url: string;
  let redis: Redis;
  const storages: SharedRateLimitStorage[] = [];

  beforeAll(async () => {
    const port = await freePort();
    url = `redis://127.0.0.1:${port}`;
    server = spawn('redis-server', ['--port', String(port), '--save', '', '--appendonly', 'no'], {
      stdio: 'ignore',
    });
    redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    redis.on('error', () => undefined);
    await redis.ping();
  });
  afterEach(() => storages.splice(0).forEach((storage) => storage.onApplicationShutdown()));
  afterAll(() => {
    redis.disconnect();
    server.kill('SIGKILL');
  });

  /** The storage of one more process, once it counts in Redis. */
  async function connectedStorage(): Promise<SharedRateLimitStorage> {
    const storage = new SharedRateLimitStorage(url);
    storages.push(storage);
    const probe = `probe-${performance.now()}`;
    while ((await redis.exists(`{${probe}:default}:hits`)) === 0) {
      await storage.increment(probe, 60_000, 1000, 60_000, 'default');
    }
    return storage;
  }

  it('counts for all processes together, and blocks for the rest of the minute', async () => {
    const [a, b] = [await connectedStorage(), await connectedStorage()];
    const hit = (storage: SharedRateLimitStorage) =>
      storage.increment('rate-limit:user:alice', 60_000, 2, 60_000, 'default');
    expect(await hit(a)).toMatchObject({ totalHits: 1, isBlocked: false });
    expect(await hit(b)).toMatchObject({ totalHits: 2, isBlocked: false });
    expect(await hit(a)).toMatchObject({ isBlocked: true, timeToBlockExpire: 60 });
    expect(await hit(b)).toMatchObject({ isBlocked: true });
  });

  it('answers within a second while Redis hangs', async () => {
    const storage = await connectedStorage();
    server.kill('SIGSTOP');
    const start = performance.now();
    const record = await storage.increment('rate-limit:user:bob', 60_000, 1, 60_000, 'default');
    expect(record).toMatchObject({ totalHits: 1, isBlocked: false });
    expect(performance.now() - start).toBeLessThan(1500);
    server.kill('SIGCONT');
  });
});
