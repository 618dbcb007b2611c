import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Cache, TOMBSTONE_MS } from './cache.js';

const TOMBSTONE = '';
const PREFIX = 'media-cache:';

/** Shared by all processes. A Redis that is down costs time, never correctness: values are loaded. */
export class RedisCache extends Cache {
  private readonly logger = new Logger(RedisCache.name);
  /** Until then Redis may hold a value that could not be forgotten. */
  private distrustedUntil = 0;

  constructor(
    private readonly redis: Redis,
    private readonly ttlMs: number,
  ) {
    super();
    redis.on('error', (error: Error) => this.logger.warn({ err: error }, 'the cache does not answer'));
  }

  override async remember<T>(
    namespace: string,
    key: string,
    load: () => Promise<T | null>,
  ): Promise<T | null> {
    if (Date.now() < this.distrustedUntil) return load();
    const name = `${PREFIX}${namespace}:${key}`;
    const cached = await this.redis.get(name).catch(() => null);
    if (cached !== null && cached !== TOMBSTONE) return JSON.parse(cached) as T;
    const value = await load();
    if (value !== null && cached !== TOMBSTONE) {
      // NX: a tombstone that was set while the value was loaded stays.
      await this.redis.set(name, JSON.stringify(value), 'PX', this.ttlMs, 'NX').catch(() => undefined);
    }
    return value;
  }

  override async forget(namespace: string, key: string): Promise<void> {
    try {
      await this.redis.set(`${PREFIX}${namespace}:${key}`, TOMBSTONE, 'PX', TOMBSTONE_MS);
    } catch {
      // Redis may come back with its old values: none outlives its time to live.
      this.distrustedUntil = Date.now() + this.ttlMs;
    }
  }

  override reset(): void {
    // The values are shared: whoever made the change has forgotten them for all.
  }

  override async close(): Promise<void> {
    await this.redis.quit().catch(() => this.redis.disconnect());
  }
}
