import { defineErrors } from '../../common/index.js';

export const partErrors = defineErrors({
  UPLOAD_PART_SIZE_INVALID: { status: 400, title: 'The parts do not have the size that they must have' },
  UPLOAD_PART_CHECKSUM_INVALID: { status: 400, title: 'The checksum of the part is malformed' },
  UPLOAD_PART_UNKNOWN: { status: 404, title: 'The upload has no such part' },
  UPLOAD_INCOMPLETE: { status: 409, title: 'Parts of the upload are missing' },
  UPLOAD_COMPLETED_OTHERWISE: { status: 409, title: 'The upload was completed with other parts' },
  DIRECT_UPLOAD_UNAVAILABLE: { status: 409, title: 'The storage has no URLs to upload to' },
  UPLOAD_PART_MISMATCH: { status: 422, title: 'A part is not the one that was stored' },
  UPLOAD_PART_CHECKSUM_MISMATCH: { status: 422, title: 'The part does not have the checksum that was given' },
  UPLOAD_SIZE_MISMATCH: { status: 422, title: 'The upload does not have the size that was announced' },
});
