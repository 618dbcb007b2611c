import { defineErrors } from '../common/index.js';

export const deliveryErrors = defineErrors({
  RANGE_NOT_SATISFIABLE: { status: 416, title: 'The range is outside the file' },
  VARIANT_NOT_FOUND: { status: 404, title: 'The media has no such variant' },
  DASH_UNAVAILABLE: { status: 404, title: 'The stream is encrypted as DASH does not know it' },
  MEDIA_NOT_CLEAN: { status: 409, title: 'The media has not passed the virus scan' },
  MEDIA_QUARANTINED: {
    status: 403,
    title: 'The virus scanner found something: the media is never delivered',
  },
  PRESET_REQUIRED: { status: 403, title: 'Images are transformed by presets only' },
  TRANSFORM_BUSY: { status: 503, title: 'Too many image transforms are waiting' },
  CACHE_PURGE_FAILED: { status: 503, title: 'The CDN did not take the purge' },
  WATERMARK_UNUSABLE: { status: 422, title: 'The watermark is no image that may be used here' },
  METADATA_BUSY: { status: 503, title: 'Too many originals are read for their metadata' },
  TRANSFORM_UNSUPPORTED: { status: 422, title: 'Media of this type can not be transformed' },
});
