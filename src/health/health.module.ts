import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ProcessingModule } from '../processing/index.js';
import { SecurityModule } from '../security/index.js';
import { StorageModule } from '../storage/index.js';
import { HealthController } from './health.controller.js';
import { ReadinessIndicators } from './readiness.indicators.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), ProcessingModule, SecurityModule, StorageModule],
  controllers: [HealthController],
  providers: [ReadinessIndicators],
})
export class HealthModule {}
