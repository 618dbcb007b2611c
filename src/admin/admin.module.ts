import { Module } from '@nestjs/common';
import { ProcessingModule } from '../processing/index.js';
import { QuotaModule } from '../quota/index.js';
import { SecurityModule } from '../security/index.js';
import { AdminController } from './admin.controller.js';
import { AdminStatusService } from './admin-status.service.js';

@Module({
  imports: [ProcessingModule, QuotaModule, SecurityModule],
  controllers: [AdminController],
  providers: [AdminStatusService],
})
export class AdminModule {}
