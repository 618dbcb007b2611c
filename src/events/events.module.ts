import { Module } from '@nestjs/common';
import { ChangeFeed } from './change-feed.js';
import { MediaChanges } from './media-changes.js';
import { Outbox } from './outbox.js';
import { UploadChanges } from './upload-changes.js';

@Module({
  providers: [Outbox, ChangeFeed, MediaChanges, UploadChanges],
  exports: [Outbox, MediaChanges, UploadChanges],
})
export class EventsModule {}
