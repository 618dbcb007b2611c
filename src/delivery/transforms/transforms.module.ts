import { Module } from '@nestjs/common';
import { EventsModule } from '../../events/index.js';
import { MediaModule } from '../../media/index.js';
import { PresetsModule } from '../../presets/index.js';
import { ProcessingModule } from '../../processing/index.js';
import { StorageModule } from '../../storage/index.js';
import { BackgroundTransforms } from './background-transforms.js';
import { TransformEviction } from './transform-eviction.js';
import { TransformIndex } from './transform-index.js';
import { TransformLeases } from './transform-leases.js';
import { TransformPlanner } from './transform-planner.js';
import { TransformRenderer } from './transform-renderer.js';
import { TransformStore } from './transform-store.js';
import { Watermarks } from './watermarks.js';

const shared = [
  BackgroundTransforms,
  TransformEviction,
  TransformIndex,
  TransformLeases,
  TransformPlanner,
  TransformRenderer,
  TransformStore,
  Watermarks,
];

/** What requests and jobs both need to make transforms and to keep them. */
@Module({
  imports: [EventsModule, MediaModule, PresetsModule, ProcessingModule, StorageModule],
  providers: shared,
  exports: [...shared, MediaModule, PresetsModule, StorageModule],
})
export class TransformsModule {}
