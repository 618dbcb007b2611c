import { defineErrors } from '../../common/index.js';

export const captionErrors = defineErrors({
  CAPTIONS_NOT_FOUND: { status: 404, title: 'The media has no captions in this language' },
  CAPTIONS_INVALID: { status: 422, title: 'The captions are neither WebVTT nor SubRip' },
  CAPTIONS_TOO_LARGE: { status: 413, title: 'A file of captions must have at most 1 MiB' },
  CAPTIONS_UNSUPPORTED: { status: 422, title: 'Only video and sound have captions' },
  CAPTIONS_TOO_MANY: { status: 409, title: 'The media has as many captions as it may have' },
});
