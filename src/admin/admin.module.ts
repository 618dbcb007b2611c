import { Module } from '@nestjs/common';
import { ProcessingModule } from '../processing/index.js';
import { QuotaModule } from '../quota/index.js';
import { SecurityModule } from '../security/index.js';
import { AdminController } from './admin.controller.js';
import { AdminStatusService } from './admin-status.service.js';
import { ReconciliationController } from './reconciliation.controller.js';
import { ReconciliationModule } from './reconciliation/reconciliation.module.js';

@Module({
  imports: [ProcessingModule, QuotaModule, ReconciliationModule, SecurityModule],
  controllers: [AdminController, ReconciliationController],
  providers: [AdminStatusService],
})
export class AdminModule {}
