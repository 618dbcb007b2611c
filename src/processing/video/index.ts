export { hlsContentType } from './hls-files.js';
export { type MediaPlaylist, parseMediaPlaylist } from './media-playlist.js';
export { takePoster } from './poster.js';
export { type FilmProbe, isFilm, type VideoProbe } from './probe.js';
export type { VideoMetadata } from './technical-metadata.js';
export {
  type ProcessedVideo,
  type ProcessRequest,
  type Rendition,
  VideoProcessor,
} from './video-processor.js';
