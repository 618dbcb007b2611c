import { type DynamicModule, Logger, Module, type Type } from '@nestjs/common';
import { type ProcessingConfig, processingConfig } from '../config/index.js';
import { EventsModule } from '../events/index.js';
import { MediaModule } from '../media/index.js';
import { QuotaModule } from '../quota/index.js';
import { SecurityModule } from '../security/index.js';
import { StorageModule } from '../storage/index.js';
import { MediaTools } from './ffmpeg/index.js';
import { handlers } from './jobs/handlers/index.js';
import type { JobHandler } from './jobs/job-handler.js';
import { JOB_HANDLERS, JobRegistry } from './jobs/job-registry.js';
import { JobRunner } from './jobs/job-runner.js';
import { MediaProcessing } from './jobs/media-processing.js';
import {
  ImportQueueProcessor,
  MaintenanceQueueProcessor,
  MediaQueueProcessor,
  ReconciliationQueueProcessor,
  VideoQueueProcessor,
  WebhookQueueProcessor,
} from './jobs/processors.js';
import { SourceFiles } from './jobs/source-files.js';
import { VariantAttempts } from './jobs/variant-attempt.js';
import { videoWork } from './jobs/video/index.js';
import { ProcessingModule } from './processing.module.js';

/** Handlers of jobs that other modules bring along, exported by the given modules. */
export interface ContributedHandlers {
  modules: Type[];
  handlers: Type<JobHandler>[];
}

/** What a process has that runs jobs. */
@Module({})
export class WorkersModule {
  static register({ modules, handlers: contributed }: ContributedHandlers): DynamicModule {
    return {
      module: WorkersModule,
      imports: [
        EventsModule,
        MediaModule,
        ProcessingModule,
        QuotaModule,
        SecurityModule,
        StorageModule,
        ...modules,
      ],
      providers: [
        ...handlers,
        {
          provide: JOB_HANDLERS,
          inject: [...handlers, ...contributed],
          useFactory: (...all: JobHandler[]) => all,
        },
        {
          provide: MediaTools,
          inject: [processingConfig.KEY],
          useFactory: async (config: ProcessingConfig) => {
            const tools = await MediaTools.open(config);
            new Logger('MediaTools').log(tools.description);
            return tools;
          },
        },
        JobRegistry,
        JobRunner,
        MediaProcessing,
        SourceFiles,
        ...videoWork,
        VariantAttempts,
        MediaQueueProcessor,
        VideoQueueProcessor,
        ImportQueueProcessor,
        WebhookQueueProcessor,
        MaintenanceQueueProcessor,
        ReconciliationQueueProcessor,
      ],
    };
  }
}
