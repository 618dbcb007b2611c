import { Module } from '@nestjs/common';
import { MediaModule } from '../../../media/index.js';
import { ProcessingModule } from '../../../processing/index.js';
import { QuotaModule } from '../../../quota/index.js';
import { StorageModule } from '../../../storage/index.js';
import { UploadSessionsModule } from '../../../uploads/index.js';
import type { Check } from '../check.js';
import { checks } from '../checks/index.js';
import { ObjectOwners } from '../object-owners.js';
import { ReconciliationModule } from '../reconciliation.module.js';
import { VariantRepair } from '../variant-repair.js';
import { CHECKS, ReconcileEverythingHandler, TendReconciliationsHandler } from './reconciliation.handlers.js';

/** Handlers of this module's jobs, for the workers. */
export const adminHandlers = [ReconcileEverythingHandler, TendReconciliationsHandler];

@Module({
  imports: [
    MediaModule,
    ProcessingModule,
    QuotaModule,
    ReconciliationModule,
    StorageModule,
    UploadSessionsModule,
  ],
  providers: [
    ...checks,
    { provide: CHECKS, inject: checks, useFactory: (...all: Check[]) => all },
    ObjectOwners,
    VariantRepair,
    ...adminHandlers,
  ],
  exports: adminHandlers,
})
export class AdminJobsModule {}
