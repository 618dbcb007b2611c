import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { type DatabaseConfig, databaseConfig, type DeliveryConfig, deliveryConfig } from '../config/index.js';
import { Cache } from './cache.js';
import { HotResponses } from './hot-responses.js';
import { MemoryCache } from './memory-cache.js';
import { RedisCache } from './redis-cache.js';

/** A request waits no longer than this for the cache. */
const COMMAND_TIMEOUT_MS = 500;

function createCache(config: DatabaseConfig): Cache {
  if (config.redisUrl === null) return new MemoryCache(config.cacheTtlMs);
  const redis = new Redis(config.redisUrl, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
  });
  return new RedisCache(redis, config.cacheTtlMs);
}

@Global()
@Module({
  providers: [
    { provide: Cache, useFactory: createCache, inject: [databaseConfig.KEY] },
    {
      provide: HotResponses,
      useFactory: ({ images }: DeliveryConfig) => new HotResponses(images.memoryCacheBytes),
      inject: [deliveryConfig.KEY],
    },
  ],
  exports: [Cache, HotResponses],
})
export class CacheModule implements OnApplicationShutdown {
  constructor(private readonly cache: Cache) {}

  async onApplicationShutdown(): Promise<void> {
    await this.cache.close();
  }
}
