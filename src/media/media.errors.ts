import { defineErrors } from '../common/index.js';

export const mediaErrors = defineErrors({
  MEDIA_NOT_FOUND: { status: 404, title: 'There is no such media' },
  MEDIA_FORBIDDEN: { status: 403, title: 'The media may be read but not changed' },
  MEDIA_CHANGED: { status: 412, title: 'The media has changed since it was read' },
  MEDIA_NOT_IN_TRASH: { status: 409, title: 'The media is not in the trash' },
  MEDIA_NOT_REPROCESSABLE: { status: 409, title: 'The media can not be processed again now' },
  MEDIA_NOT_VIDEO: { status: 422, title: 'The media is no video' },
  UPLOAD_EXPIRED: { status: 409, title: 'The upload took so long that it was given up' },
  CUSTOM_METADATA_INVALID: {
    status: 400,
    title: 'customMetadata must be a flat JSON object of at most 16 KB',
  },
});
