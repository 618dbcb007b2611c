import { Module } from '@nestjs/common';
import { EventsModule } from '../../events/index.js';
import { ProcessingModule } from '../../processing/index.js';
import { ReconciliationRepository } from './reconciliation.repository.js';
import { ReconciliationService } from './reconciliation.service.js';

/** Reconciliations without their routes and jobs: what both work with. */
@Module({
  imports: [EventsModule, ProcessingModule],
  providers: [ReconciliationRepository, ReconciliationService],
  exports: [ReconciliationRepository, ReconciliationService],
})
export class ReconciliationModule {}
