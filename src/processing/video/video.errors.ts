import { defineErrors } from '../../common/index.js';
import type { MediaErrors } from '../ffmpeg/index.js';

/** What is wrong with a video; no retry helps. */
export const videoErrors = defineErrors({
  VIDEO_CORRUPT: { status: 422, title: 'The video is damaged' },
  VIDEO_UNSUPPORTED: { status: 422, title: 'The video format cannot be processed' },
  VIDEO_TOO_LARGE: { status: 422, title: 'The video has too many pixels or streams' },
  VIDEO_TOO_LONG: { status: 422, title: 'The video is too long' },
  VIDEO_TIMEOUT: { status: 422, title: 'The video took too long to process' },
});

/** For failures of the tools while they work on a video. */
export const videoFailures: MediaErrors = {
  corrupt: videoErrors.VIDEO_CORRUPT,
  tooLarge: videoErrors.VIDEO_TOO_LARGE,
  timeout: videoErrors.VIDEO_TIMEOUT,
};
