import { Module } from '@nestjs/common';
import { BullModule } from '@nestjs/bullmq';
import {
  type DatabaseConfig,
  databaseConfig,
  type ProcessingConfig,
  processingConfig,
} from '../config/index.js';
import { DATABASE_URL } from '../database/index.js';
import { EventsModule } from '../events/index.js';
import { MediaModule } from '../media/index.js';
import { StorageModule } from '../storage/index.js';
import { TransformGate } from './image/index.js';
import { queueNames } from './jobs/job-catalogue.js';
import { JobQueues } from './jobs/job-queues.js';
import { MediaRevival } from './jobs/media-revival.js';
import { OpenJobs } from './jobs/open-jobs.js';
import { OutboxDispatcher } from './jobs/outbox-dispatcher.js';
import { queueConnection } from './jobs/queue-connection.js';
import { QueueMetrics } from './jobs/queue-metrics.js';
import { ScratchSpace } from './jobs/scratch-space.js';
import { VideoPlans, VideoStreams } from './video/index.js';

/** What every role has of processing: the queues and what fills them, and transforms on request. */
@Module({
  imports: [
    BullModule.forRootAsync({
      inject: [databaseConfig.KEY, DATABASE_URL],
      useFactory: (config: DatabaseConfig, url: string) => ({ connection: queueConnection(config, url) }),
    }),
    ...queueNames.map((name) => BullModule.registerQueue({ name })),
    EventsModule,
    MediaModule,
    StorageModule,
  ],
  providers: [
    JobQueues,
    MediaRevival,
    OpenJobs,
    VideoPlans,
    VideoStreams,
    OutboxDispatcher,
    QueueMetrics,
    ScratchSpace,
    {
      provide: TransformGate,
      inject: [processingConfig.KEY],
      useFactory: ({ image }: ProcessingConfig) => new TransformGate(image),
    },
  ],
  exports: [JobQueues, MediaRevival, OpenJobs, ScratchSpace, TransformGate, VideoPlans, VideoStreams],
})
export class ProcessingModule {}
