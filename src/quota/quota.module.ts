import { Module } from '@nestjs/common';
import { QuotaAccountsService } from './quota-accounts.service.js';
import { QuotaController } from './quota.controller.js';
import { QuotaRepository } from './quota.repository.js';
import { QuotaService } from './quota.service.js';

@Module({
  controllers: [QuotaController],
  providers: [QuotaService, QuotaAccountsService, QuotaRepository],
  exports: [QuotaService, QuotaAccountsService],
})
export class QuotaModule {}
