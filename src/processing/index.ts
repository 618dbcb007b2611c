export {
  canonicalLanguage,
  captionFileName,
  captionPlaylist,
  CaptionProblem,
  type Cue,
  type CaptionTrack,
  languageName,
  maxCaptionBytes,
  readCaptions,
  renderVtt,
} from './captions/index.js';
export {
  canonicalTransform,
  type CanonicalTransform,
  ConvertQuery,
  ImageQuery,
  type OutputFormat,
  type PictureLocation,
  readLocation,
  type RenderedImage,
  type RenderOptions,
  type RenderSource,
  renderTransform,
  requiredWatermark,
  ResizeQuery,
  type TransformAssets,
  transformCost,
  transformHash,
  type TransformParams,
  type TransformSource,
  type WatermarkSource,
  transformSourceOf,
} from './image/index.js';
export { EditingModule } from './editing/editing.module.js';
export { createWebhook } from './jobs/create-webhook.js';
export { exhaust } from './jobs/exhaust.js';
export { type JobContext, JobHandler, type MediaJobPayload } from './jobs/job-handler.js';
export { JobQueues, type QueueState } from './jobs/job-queues.js';
export { MediaRevival } from './jobs/media-revival.js';
export { OpenJobs } from './jobs/open-jobs.js';
export { migrateQueues } from './jobs/queue-connection.js';
export { ScratchSpace } from './jobs/scratch-space.js';
export { ProcessingModule } from './processing.module.js';
export { type WorkersOptions, WorkersModule } from './workers.module.js';
export { MediaTools } from './ffmpeg/index.js';
export {
  dashManifest,
  framePlaylist,
  hlsContentType,
  masterPlaylist,
  mediaPlaylist,
  type MediaStream,
  readSegments,
  StoredPlan,
  type StreamFile,
  type StreamFileName,
  streamFileKeys,
  type StreamKey,
  type StreamRef,
  type StreamRendition,
  VideoRun,
  VideoStreams,
} from './video/index.js';
export { type RenderedFrame, renderSegmentFrame, storyboardContentType } from './video/pictures/index.js';
