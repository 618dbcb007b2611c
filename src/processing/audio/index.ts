export {
  type AudioMetadata,
  AudioProcessor,
  type AudioRequest,
  type ProcessedAudio,
} from './audio-processor.js';
