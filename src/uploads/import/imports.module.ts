import { Module } from '@nestjs/common';
import { MediaModule } from '../../media/index.js';
import { QuotaModule } from '../../quota/index.js';
import { SecurityModule } from '../../security/index.js';
import { StorageModule } from '../../storage/index.js';
import { UploadSessionsModule } from '../session/session.module.js';
import { ImportFetchService } from './import-fetch.service.js';
import { ImportIntake } from './import-intake.js';
import { ImportPlaces } from './import-place.js';
import { ImportSettlement } from './import-settlement.js';
import { ImportService } from './import.service.js';

/** Imports from URLs without their route: what requests and jobs both work with. */
@Module({
  imports: [MediaModule, QuotaModule, SecurityModule, StorageModule, UploadSessionsModule],
  providers: [ImportFetchService, ImportIntake, ImportPlaces, ImportService, ImportSettlement],
  exports: [ImportFetchService, ImportService, ImportSettlement],
})
export class ImportsModule {}
