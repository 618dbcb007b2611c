import { defineErrors } from '../../common/index.js';
import type { MediaErrors } from '../ffmpeg/index.js';

/** What is wrong with an audio file; no retry helps. */
export const audioErrors = defineErrors({
  AUDIO_CORRUPT: { status: 422, title: 'The audio file is damaged' },
  AUDIO_UNSUPPORTED: { status: 422, title: 'The audio format cannot be processed' },
  AUDIO_TOO_LARGE: { status: 422, title: 'The audio file has too many streams' },
  AUDIO_TOO_LONG: { status: 422, title: 'The audio file is too long' },
  AUDIO_TIMEOUT: { status: 422, title: 'The audio file took too long to process' },
});

/** For failures of the tools while they work on an audio file. */
export const audioFailures: MediaErrors = {
  corrupt: audioErrors.AUDIO_CORRUPT,
  tooLarge: audioErrors.AUDIO_TOO_LARGE,
  timeout: audioErrors.AUDIO_TIMEOUT,
};
