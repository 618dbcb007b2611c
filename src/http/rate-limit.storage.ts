import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type ThrottlerStorage, ThrottlerStorageService } from '@nestjs/throttler';
import { Redis } from 'ioredis';

/** A request waits no longer than this for its count. */
const COMMAND_TIMEOUT_MS = 500;

/** Counts in Redis for all processes together. While Redis is down each process counts for itself. */
export class SharedRateLimitStorage implements ThrottlerStorage, OnApplicationShutdown {
  readonly #logger = new Logger('RateLimit');
  readonly #redis: Redis;
  readonly #shared: ThrottlerStorageRedisService;
  readonly #own = new ThrottlerStorageService();
  #down = false;

  constructor(redisUrl: string) {
    this.#redis = new Redis(redisUrl, {
      commandTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
    });
    this.#redis.on('error', (error: Error) => this.#note(error));
    this.#redis.on('ready', () => this.#note(null));
    this.#shared = new ThrottlerStorageRedisService(this.#redis);
  }

  async increment(...args: Parameters<ThrottlerStorage['increment']>) {
    try {
      return await this.#shared.increment(...args);
    } catch {
      return this.#own.increment(...args);
    }
  }

  onApplicationShutdown(): void {
    this.#redis.disconnect();
    this.#own.onApplicationShutdown();
  }

  /** Reconnecting fails many times a minute; only the changes are worth a line. */
  #note(error: Error | null): void {
    if (this.#down === (error !== null)) return;
    this.#down = error !== null;
    if (error)
      this.#logger.warn({ err: error, msg: 'Redis does not answer: each process counts for itself' });
    else this.#logger.log('counting in Redis again');
  }
}
