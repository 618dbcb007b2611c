import { Module } from '@nestjs/common';
import { UploadSessionsModule } from '../session/session.module.js';
import { ExpireUploadsHandler, FinishUploadsHandler } from './upload.handlers.js';

/** Handlers of this module's jobs, for the workers. */
export const uploadHandlers = [ExpireUploadsHandler, FinishUploadsHandler];

@Module({ imports: [UploadSessionsModule], providers: uploadHandlers, exports: uploadHandlers })
export class UploadJobsModule {}
