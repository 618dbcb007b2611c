import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { adminHandlers, AdminJobsModule, AdminModule } from './admin/index.js';
import { AuthModule } from './auth/index.js';
import { CacheModule } from './cache/index.js';
import { LifecycleModule } from './common/index.js';
import { AppConfigModule, type Configuration } from './config/index.js';
import { DatabaseModule, type OrmSettings } from './database/index.js';
import { deliveryHandlers, DeliveryJobsModule, DeliveryModule } from './delivery/index.js';
import { GalleryModule } from './gallery/index.js';
import { HealthModule } from './health/index.js';
import { loggerOptions, RateLimitModule } from './http/index.js';
import { IdempotencyModule } from './idempotency/index.js';
import { MetricsModule } from './metrics/index.js';
import { PlayerModule } from './player/index.js';
import { EditingModule, WorkersModule } from './processing/index.js';
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
        ...(config.app.servesApi
          ? [UploadsModule, DeliveryModule, EditingModule, PlayerModule, AdminModule]
          : []),
        ...(config.app.docsEnabled && config.app.servesApi ? [GalleryModule] : []),
        ...(config.app.runsJobs
          ? [
              WorkersModule.register({
                analysis: config.analysis.features.length > 0,
                modules: [UploadJobsModule, AdminJobsModule, DeliveryJobsModule],
                handlers: [...uploadHandlers, ...adminHandlers, ...deliveryHandlers],
              }),
            ]
          : []),
      ],
    };
  }
}
