export { audioErrors } from './audio.errors.js';
export {
  type AudioMetadata,
  AudioProcessor,
  type AudioRequest,
  type ProcessedAudio,
} from './audio-processor.js';
