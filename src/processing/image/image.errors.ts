import { defineErrors } from '../../common/index.js';

export const imageErrors = defineErrors({
  IMAGE_UNSUPPORTED: { status: 422, title: 'The image format cannot be processed' },
  IMAGE_CORRUPT: { status: 422, title: 'The image is damaged' },
  IMAGE_TOO_LARGE: { status: 422, title: 'The image has too many pixels, frames or elements' },
  IMAGE_UNSAFE: { status: 422, title: 'The image holds constructs that are not allowed' },
  IMAGE_TIMEOUT: { status: 422, title: 'The image took too long to process' },
  TRANSFORM_INVALID: { status: 400, title: 'The transform cannot be applied to this image' },
});
