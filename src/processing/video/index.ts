export { StoredPlan, type StoredPictures } from './entities/video-plan.entity.js';
export { VideoRun } from './entities/video-run.entity.js';
export { type BitRates, measureBitRates } from './bit-rates.js';
export type { EncodedAudio } from './encode-audio.js';
export type { EncodedChunk } from './encode-chunk.js';
export { type MediaPlaylist, parseMediaPlaylist } from './media-playlist.js';
export { takePoster } from './poster.js';
export {
  initFile,
  mediaStream,
  type MediaStream,
  segmentFile,
  type StreamRendition,
  type StreamSegment,
} from './media-stream.js';
export { type FilmProbe, isFilm, type VideoProbe } from './probe.js';
export { type EncodedRun, type StoredRun, videoTrack } from './stored-run.js';
export { dashManifest } from './dash-manifest.js';
export { framePlaylist, framePlaylistName } from './frame-playlist.js';
export { masterPlaylist } from './stream-master.js';
export { filmAt } from './make-plan.js';
export { mediaPlaylist, playlistName, streamFileKeys } from './stream-playlists.js';
export { percentOf } from './plan-progress.js';
export { technicalMetadata, type VideoMetadata } from './technical-metadata.js';
export { readSegments } from './read-segments.js';
export { newStreamSecret, renditionKey, sealedSize, sealSegment } from './segment-cipher.js';
export { videoErrors } from './video.errors.js';
export { hlsContentType } from './hls-content-type.js';
export {
  type StreamFile,
  type StreamFileName,
  type StreamKey,
  type StreamRef,
  VideoStreams,
} from './video-streams.js';
export { VideoPlans } from './video-plans.js';
export type { PlannedAudio, PlannedChunk, VideoPlan } from './video-plan.js';
export { type SourceOfPlan, VideoProcessor } from './video-processor.js';
