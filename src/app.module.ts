import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { adminHandlers, AdminJobsModule, AdminModule } from './admin/index.js';
import { AuthModule } from './auth/index.js';
import { CacheModule } from './cache/index.js';
import { LifecycleModule } from './common/index.js';
import { AppConfigModule, type Configuration } from './config/index.js';
import { DatabaseModule, type OrmSettings } from './database/index.js';
import { DeliveryModule } from './delivery/index.js';
import { HealthModule } from './health/index.js';
import { loggerOptions, RateLimitModule } from './http/index.js';
import { IdempotencyModule } from './idempotency/index.js';
import { MetricsModule } from './metrics/index.js';
import { PlayerModule } from './player/index.js';
import { WorkersModule } from './processing/index.js';
import { uploadHandlers, UploadJobsModule, UploadsModule } from './uploads/index.js';

/** The service, composed for its role: a worker has no API but for health and metrics. */
@Module({})
export class AppModule {
  static register(config: Configuration, database: OrmSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        AppConfigModule.register(config),
        LoggerModule.forRoot(loggerOptions(config.app)),
        LifecycleModule,
        DatabaseModule.register(database),
        MetricsModule,
        CacheModule,
        AuthModule,
        RateLimitModule,
        IdempotencyModule,
        HealthModule,
        ...(config.app.servesApi ? [UploadsModule, DeliveryModule, PlayerModule, AdminModule] : []),
        ...(config.app.runsJobs
          ? [
              WorkersModule.register({
                modules: [UploadJobsModule, AdminJobsModule],
                handlers: [...uploadHandlers, ...adminHandlers],
              }),
            ]
          : []),
      ],
    };
  }
}
