import { defineErrors } from '../../common/index.js';

/** What the machine did wrong, not the file: a retry may succeed. */
export const ffmpegErrors = defineErrors({
  TRANSCODER_FAILED: { status: 500, title: 'The media tools failed' },
  SCRATCH_FULL: { status: 507, title: 'There is no room for temporary files' },
});
