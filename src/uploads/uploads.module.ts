import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { MediaModule } from '../media/index.js';
import { ProcessingModule } from '../processing/index.js';
import { QuotaModule } from '../quota/index.js';
import { SecurityModule } from '../security/index.js';
import { StorageModule } from '../storage/index.js';
import { EventGatewayModule } from './gateway/event-gateway.module.js';
import { ImportController } from './import/import.controller.js';
import { ImportsModule } from './import/imports.module.js';
import { DirectUploadService } from './parts/direct-upload.service.js';
import { MultipartController } from './parts/multipart.controller.js';
import { MultipartService } from './parts/multipart.service.js';
import { PartIntakeService } from './parts/part-intake.service.js';
import { PartRepository } from './parts/part.repository.js';
import { UploadSessionsModule } from './session/session.module.js';
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

const parts = [DirectUploadService, MultipartService, PartIntakeService, PartRepository];
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
  imports: [
    EventGatewayModule,
    ImportsModule,
    MediaModule,
    ProcessingModule,
    QuotaModule,
    SecurityModule,
    StorageModule,
    UploadSessionsModule,
  ],
  controllers: [UploadsController, ImportController, TusController, MultipartController],
  providers: [UploadFormService, UploadIntakeService, UploadSlots, ...parts, ...tus],
})
export class UploadsModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(TusHeadersMiddleware).forRoutes('v1/tus', 'v1/tus/*path');
  }
}
