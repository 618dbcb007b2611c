export { Upload } from './entities/upload.entity.js';
export { UploadPart } from './entities/upload-part.entity.js';
export { uploadHandlers, UploadJobsModule } from './jobs/upload-jobs.module.js';
export { UploadsModule } from './uploads.module.js';
