import { Module } from '@nestjs/common';
import { EventsModule } from '../../events/index.js';
import { MediaModule } from '../../media/index.js';
import { EventStreams } from './event-streams.js';
import { MediaEventsController } from './media-events.controller.js';
import { ProgressFeed } from './progress-feed.js';
import { ProgressService } from './progress.service.js';
import { SseService } from './sse.service.js';
import { Standings } from './standings.js';
import { UploadEventsController } from './upload-events.controller.js';

@Module({
  imports: [EventsModule, MediaModule],
  controllers: [MediaEventsController, UploadEventsController],
  providers: [EventStreams, ProgressFeed, ProgressService, SseService, Standings],
  exports: [EventStreams, ProgressService],
})
export class ProgressModule {}
