import { Module } from '@nestjs/common';
import { MediaModule } from '../media/index.js';
import { QuotaModule } from '../quota/index.js';
import { SecurityModule } from '../security/index.js';
import { StorageModule } from '../storage/index.js';
import { UploadFormService } from './upload-form.service.js';
import { UploadIntakeService } from './upload-intake.service.js';
import { UploadSlots } from './upload-slots.js';
import { UploadsController } from './uploads.controller.js';

@Module({
  imports: [MediaModule, QuotaModule, SecurityModule, StorageModule],
  controllers: [UploadsController],
  providers: [UploadFormService, UploadIntakeService, UploadSlots],
})
export class UploadsModule {}
