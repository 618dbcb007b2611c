import { Inject, Injectable } from '@nestjs/common';
import { getStorageToken, normalizeIp, type ThrottlerStorage } from '@nestjs/throttler';
import { type AppConfig, appConfig } from '../config/index.js';

export const WINDOW_MS = 60_000;

/** Whose requests are counted together: a user's, or those of an address. An IPv6 host has a /64 to choose from. */
export function trackerOf(userId: string | null, ip: string): string {
  return userId === null ? `address:${normalizeIp(ip)}` : `user:${userId}`;
}

export function limitKey(tracker: string): string {
  return `rate-limit:${tracker}`;
}

/** The counts of RateLimitGuard, for requests that never come to it. */
@Injectable()
export class RequestLimit {
  constructor(
    @Inject(getStorageToken()) private readonly storage: ThrottlerStorage,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  get enabled(): boolean {
    return this.config.rateLimitPerMinute > 0;
  }

  /** Counts one request. @returns the headers that tell of the count, or null when it is one too many */
  async count(tracker: string): Promise<string[] | null> {
    const limit = this.config.rateLimitPerMinute;
    const { totalHits, timeToExpire, isBlocked } = await this.storage.increment(
      limitKey(tracker),
      WINDOW_MS,
      limit,
      WINDOW_MS,
      'default',
    );
    if (isBlocked) return null;
    const remaining = Math.max(0, limit - totalHits);
    return [
      'RateLimit-Limit',
      String(limit),
      'RateLimit-Remaining',
      String(remaining),
      'RateLimit-Reset',
      String(timeToExpire),
    ];
  }
}
