export { Upload } from './entities/upload.entity.js';
export { UploadPart } from './entities/upload-part.entity.js';
export { uploadHandlers, UploadJobsModule } from './jobs/upload-jobs.module.js';
export { EventWsAdapter } from './gateway/event-ws-adapter.js';
export { isEventsUpgrade } from './gateway/upgrade.js';
export { UploadSessionsModule } from './session/session.module.js';
export { UploadRepairService } from './session/upload-repair.service.js';
export { UploadsModule } from './uploads.module.js';
