import { Module } from '@nestjs/common';
import { MediaChanges } from './media-changes.js';
import { Outbox } from './outbox.js';

@Module({ providers: [Outbox, MediaChanges], exports: [Outbox, MediaChanges] })
export class EventsModule {}
