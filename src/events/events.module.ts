import { Module } from '@nestjs/common';
import { ChangeFeed } from './change-feed.js';
import { MediaChanges } from './media-changes.js';
import { Outbox } from './outbox.js';
import { TransformEnds } from './transform-ends.js';
import { UploadChanges } from './upload-changes.js';

@Module({
  providers: [Outbox, ChangeFeed, MediaChanges, TransformEnds, UploadChanges],
  exports: [Outbox, MediaChanges, TransformEnds, UploadChanges],
})
export class EventsModule {}
