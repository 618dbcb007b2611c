import { defineErrors } from '../common/index.js';

export const securityErrors = defineErrors({
  CONTENT_TYPE_MISMATCH: { status: 415, title: 'The declared content type contradicts the content' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Content of this type is not accepted' },
  SIGNATURE_INVALID: { status: 403, title: 'The signature of the URL is not valid' },
  SIGNATURE_EXPIRED: { status: 403, title: 'The signed URL has expired' },
  SCAN_TOO_LARGE: { status: 422, title: 'The content is too large to be scanned for viruses' },
  SCANNER_UNAVAILABLE: { status: 503, title: 'The virus scanner does not answer' },
});
