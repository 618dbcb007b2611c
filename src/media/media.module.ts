import { Module } from '@nestjs/common';
import { EventsModule } from '../events/index.js';
import { QuotaModule } from '../quota/index.js';
import { StorageModule } from '../storage/index.js';
import { CachePurges } from './cache-purges.js';
import { MediaAccess } from './media-access.js';
import { MediaBatchController } from './media-batch.controller.js';
import { MediaCatalogueService } from './media-catalogue.service.js';
import { MediaCommitService } from './media-commit.service.js';
import { MediaDuplicatesService } from './media-duplicates.service.js';
import { MediaLifecycleService } from './media-lifecycle.service.js';
import { MediaLookup } from './media-lookup.js';
import { MediaPosterController } from './media-poster.controller.js';
import { MediaPosterService } from './media-poster.service.js';
import { MediaReadController } from './media-read.controller.js';
import { MediaRemovalService } from './media-removal.service.js';
import { MediaRepository } from './media.repository.js';
import { MediaStatisticsService } from './media-statistics.service.js';
import { MediaSupplements } from './media-supplements.js';
import { MediaController } from './media.controller.js';
import { StatisticsController } from './statistics.controller.js';
import { StoredOriginals } from './stored-originals.js';

@Module({
  imports: [EventsModule, QuotaModule, StorageModule],
  controllers: [
    MediaController,
    MediaBatchController,
    MediaPosterController,
    MediaReadController,
    StatisticsController,
  ],
  providers: [
    CachePurges,
    MediaAccess,
    MediaCatalogueService,
    MediaCommitService,
    MediaDuplicatesService,
    MediaLifecycleService,
    MediaLookup,
    MediaPosterService,
    MediaRemovalService,
    MediaRepository,
    MediaStatisticsService,
    MediaSupplements,
    StoredOriginals,
  ],
  exports: [
    MediaAccess,
    MediaCommitService,
    MediaLifecycleService,
    MediaLookup,
    MediaRemovalService,
    MediaRepository,
    MediaSupplements,
    StoredOriginals,
  ],
})
export class MediaModule {}
