import { defineErrors } from '../../common/index.js';

/** The version of the protocol that is spoken here. */
export const TUS_VERSION = '1.0.0';

export const tusErrors = defineErrors({
  TUS_HEADER_INVALID: { status: 400, title: 'A header of the tus protocol is missing or malformed' },
  TUS_METADATA_INVALID: { status: 400, title: 'Upload-Metadata is malformed' },
  TUS_CHECKSUM_UNSUPPORTED: { status: 400, title: 'The checksum algorithm is not supported' },
  TUS_CONCATENATION_INVALID: { status: 400, title: 'These uploads can not be put together' },
  TUS_FINAL_UPLOAD: { status: 403, title: 'A final upload takes no bytes' },
  TUS_OFFSET_MISMATCH: { status: 409, title: 'The upload goes on at another offset' },
  TUS_VERSION_UNSUPPORTED: { status: 412, title: 'This version of the tus protocol is not spoken here' },
  TUS_CONTENT_TYPE: { status: 415, title: 'The body must be application/offset+octet-stream' },
  TUS_CHECKSUM_MISMATCH: { status: 460, title: 'The bytes do not have the checksum that was given' },
});
