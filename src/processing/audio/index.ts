export { AudioProcessor } from './audio-processor.js';
export { audioStreamType } from './audio-playlist.js';
export { type MadeSound, makeSound } from './make-sound.js';
export { waveformSize } from './waveform-picture.js';
