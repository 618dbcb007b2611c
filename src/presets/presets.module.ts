import { Module } from '@nestjs/common';
import { IdempotencyModule } from '../idempotency/index.js';
import { ConfiguredPresets } from './configured-presets.js';
import { PresetCatalogueService } from './preset-catalogue.service.js';
import { PresetsController } from './presets.controller.js';
import { Presets } from './presets.service.js';

/** Presets as delivery and its jobs use them. */
@Module({ providers: [ConfiguredPresets, Presets], exports: [ConfiguredPresets, Presets] })
export class PresetsModule {}

/** Presets as clients change them. */
@Module({
  imports: [IdempotencyModule, PresetsModule],
  controllers: [PresetsController],
  providers: [PresetCatalogueService],
})
export class PresetsApiModule {}
