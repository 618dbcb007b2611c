import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerModule, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { type AppConfig, appConfig, type DatabaseConfig, databaseConfig } from '../config/index.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RequestLimit, WINDOW_MS } from './request-limit.js';
import { SharedRateLimitStorage } from './rate-limit.storage.js';

function throttlerOptions(app: AppConfig, database: DatabaseConfig): ThrottlerModuleOptions {
  const limit = app.rateLimitPerMinute;
  return {
    throttlers: [{ limit, ttl: WINDOW_MS }],
    skipIf: () => limit === 0,
    // The module's own storage counts in process.
    ...(database.redisUrl !== null &&
      limit > 0 && { storage: new SharedRateLimitStorage(database.redisUrl) }),
  };
}

/** Limits every Nest route but those with `@SkipThrottle()`. Import after AuthModule. */
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      inject: [appConfig.KEY, databaseConfig.KEY],
      useFactory: throttlerOptions,
    }),
  ],
  providers: [RequestLimit, { provide: APP_GUARD, useClass: RateLimitGuard }],
})
export class RateLimitModule {}
