import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { type ProcessingConfig, processingConfig } from '../config/index.js';
import { EventsModule } from '../events/index.js';
import { MediaModule } from '../media/index.js';
import { QuotaModule } from '../quota/index.js';
import { SecurityModule } from '../security/index.js';
import { StorageModule } from '../storage/index.js';
import { PictureAnalyser } from './analysis/index.js';
import { MasterMaker } from './image/index.js';
import { EditLimits } from './editing/edit-limits.js';
import { EditMaker } from './editing/edit-maker.js';
import { EditPlaces } from './editing/edit-place.js';
import { EditSources } from './editing/edit-sources.js';
import { handlers } from './jobs/handlers/index.js';
import type { JobHandler } from './jobs/job-handler.js';
import { JOB_HANDLERS, JobRegistry } from './jobs/job-registry.js';
import { JobRunner } from './jobs/job-runner.js';
import { MediaProcessing } from './jobs/media-processing.js';
import {
  AnalysisQueueProcessor,
  EditingQueueProcessor,
  ImportQueueProcessor,
  MaintenanceQueueProcessor,
  MediaQueueProcessor,
  ReconciliationQueueProcessor,
  VideoQueueProcessor,
  WebhookQueueProcessor,
} from './jobs/processors.js';
import { SourceFiles } from './jobs/source-files.js';
import { SupplementWork } from './jobs/supplement-work.js';
import { VariantAttempts } from './jobs/variant-attempt.js';
import { videoWork } from './jobs/video/index.js';
import { ProcessingModule } from './processing.module.js';

export interface WorkersOptions {
  /** Pictures are analysed: else nothing waits, and takes connections, for jobs that nobody asks for. */
  analysis: boolean;
  /** They export the handlers of jobs that they bring along. */
  modules: Type[];
  handlers: Type<JobHandler>[];
}

/** What a process has that runs jobs. */
@Module({})
export class WorkersModule {
  static register({ modules, handlers: contributed, analysis }: WorkersOptions): DynamicModule {
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
          provide: MasterMaker,
          inject: [processingConfig.KEY],
          useFactory: ({ image }: ProcessingConfig) => MasterMaker.open(image),
        },
        EditLimits,
        EditMaker,
        EditPlaces,
        EditSources,
        JobRegistry,
        JobRunner,
        MediaProcessing,
        PictureAnalyser,
        SourceFiles,
        ...videoWork,
        SupplementWork,
        VariantAttempts,
        MediaQueueProcessor,
        VideoQueueProcessor,
        ...(analysis ? [AnalysisQueueProcessor] : []),
        EditingQueueProcessor,
        ImportQueueProcessor,
        WebhookQueueProcessor,
        MaintenanceQueueProcessor,
        ReconciliationQueueProcessor,
      ],
    };
  }
}
