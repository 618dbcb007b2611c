import { Module } from '@nestjs/common';
import { EventsModule } from '../../events/index.js';
import { MediaModule } from '../../media/index.js';
import { QuotaModule } from '../../quota/index.js';
import { SecurityModule } from '../../security/index.js';
import { StorageModule } from '../../storage/index.js';
import { CompletionService } from '../parts/completion.service.js';
import { DirectObject } from '../parts/direct-object.js';
import { StoredParts } from '../parts/stored-parts.js';
import { UploadAccess } from './upload-access.js';
import { UploadFinisher } from './upload-finisher.js';
import { UploadRepairService } from './upload-repair.service.js';
import { UploadRepository } from './upload.repository.js';
import { UploadSessionsService } from './upload-sessions.service.js';
import { UploadStream } from './upload-stream.js';
import { UploadUpkeepService } from './upload-upkeep.service.js';
import { UploadWriters } from './upload-writers.js';

const providers = [
  CompletionService,
  DirectObject,
  StoredParts,
  UploadAccess,
  UploadFinisher,
  UploadRepairService,
  UploadRepository,
  UploadSessionsService,
  UploadStream,
  UploadUpkeepService,
  UploadWriters,
];

/** Upload sessions without their routes: what requests and jobs both work with. */
@Module({
  imports: [EventsModule, MediaModule, QuotaModule, SecurityModule, StorageModule],
  providers,
  exports: providers,
})
export class UploadSessionsModule {}
