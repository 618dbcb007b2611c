export { Upload } from './entities/upload.entity.js';
export { UploadPart } from './entities/upload-part.entity.js';
export { UploadsModule } from './uploads.module.js';
