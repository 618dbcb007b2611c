export { CaptionFilesService, captionTracks } from './caption-files.service.js';
export { CaptionHlsController } from './caption-hls.controller.js';
export { CaptionStore } from './caption-store.js';
export { CaptionsController } from './captions.controller.js';
export { CaptionsService } from './captions.service.js';
