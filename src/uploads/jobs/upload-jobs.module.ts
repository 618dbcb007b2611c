import { Module } from '@nestjs/common';
import { MediaModule } from '../../media/index.js';
import { ImportsModule } from '../import/imports.module.js';
import { UploadSessionsModule } from '../session/session.module.js';
import { ImportHandler } from './import.handler.js';
import { ExpireUploadsHandler, FinishUploadsHandler } from './upload.handlers.js';

/** Handlers of this module's jobs, for the workers. */
export const uploadHandlers = [ImportHandler, ExpireUploadsHandler, FinishUploadsHandler];

@Module({
  imports: [ImportsModule, MediaModule, UploadSessionsModule],
  providers: uploadHandlers,
  exports: uploadHandlers,
})
export class UploadJobsModule {}
