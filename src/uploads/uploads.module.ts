import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { EventsModule } from '../events/index.js';
import { MediaModule } from '../media/index.js';
import { ProcessingModule } from '../processing/index.js';
import { QuotaModule } from '../quota/index.js';
import { SecurityModule } from '../security/index.js';
import { StorageModule } from '../storage/index.js';
import { UploadAccess } from './session/upload-access.js';
import { UploadFinisher } from './session/upload-finisher.js';
import { UploadRepository } from './session/upload.repository.js';
import { UploadSessionsService } from './session/upload-sessions.service.js';
import { UploadStream } from './session/upload-stream.js';
import { UploadWriters } from './session/upload-writers.js';
import { TusConcatService } from './tus/tus-concat.service.js';
import { TusController } from './tus/tus.controller.js';
import { TusCreationService } from './tus/tus-creation.service.js';
import { TusHeadersMiddleware } from './tus/tus-headers.middleware.js';
import { TusLengthService } from './tus/tus-length.service.js';
import { TusPartials } from './tus/tus-partials.js';
import { TusRequestReader } from './tus/tus-request-reader.js';
import { TusUploadsService } from './tus/tus-uploads.service.js';
import { TusWriteService } from './tus/tus-write.service.js';
import { UploadFormService } from './upload-form.service.js';
import { UploadIntakeService } from './upload-intake.service.js';
import { UploadSlots } from './upload-slots.js';
import { UploadsController } from './uploads.controller.js';

const sessions = [
  UploadAccess,
  UploadFinisher,
  UploadRepository,
  UploadSessionsService,
  UploadStream,
  UploadWriters,
];
const tus = [
  TusConcatService,
  TusCreationService,
  TusLengthService,
  TusPartials,
  TusRequestReader,
  TusUploadsService,
  TusWriteService,
];

@Module({
  imports: [EventsModule, MediaModule, ProcessingModule, QuotaModule, SecurityModule, StorageModule],
  controllers: [UploadsController, TusController],
  providers: [UploadFormService, UploadIntakeService, UploadSlots, ...sessions, ...tus],
})
export class UploadsModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(TusHeadersMiddleware).forRoutes('v1/tus', 'v1/tus/*path');
  }
}
