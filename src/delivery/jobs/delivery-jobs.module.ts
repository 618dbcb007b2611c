import { Module } from '@nestjs/common';
import { TransformsModule } from '../transforms/transforms.module.js';
import { EvictTransformsHandler } from './evict-transforms.handler.js';
import { MakePresetsHandler } from './make-presets.handler.js';
import { MakeTransformHandler } from './make-transform.handler.js';
import { PurgeCacheHandler } from './purge-cache.handler.js';

/** Handlers of this module's jobs, for the workers. */
export const deliveryHandlers = [
  EvictTransformsHandler,
  MakePresetsHandler,
  MakeTransformHandler,
  PurgeCacheHandler,
];

@Module({ imports: [TransformsModule], providers: deliveryHandlers, exports: deliveryHandlers })
export class DeliveryJobsModule {}
