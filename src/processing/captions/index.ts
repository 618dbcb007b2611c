export {
  captionFileName,
  captionFilePath,
  captionMedia,
  captionPlaylist,
  type CaptionTrack,
} from './caption-playlist.js';
export { CaptionProblem, type Cue } from './cue.js';
export { type ExtractedCaptions, extractCaptions } from './extract-captions.js';
export { canonicalLanguage, languageName } from './language.js';
export { maxCaptionBytes, readCaptions } from './read-captions.js';
export { renderVtt } from './render-vtt.js';
