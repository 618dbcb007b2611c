import { defineErrors } from '../../common/index.js';

/** What is not to be tried again has a status below 500: jobs go by it. */
export const importErrors = defineErrors({
  IMPORT_URL_INVALID: { status: 400, title: 'This is not a URL that can be imported from' },
  IMPORT_URL_FORBIDDEN: { status: 422, title: 'The URL does not lead to a host that may be imported from' },
  IMPORT_REFUSED_BY_SOURCE: { status: 422, title: 'The source does not give the file' },
  IMPORT_RESPONSE_INVALID: { status: 422, title: 'The answer of the source can not be taken' },
  IMPORT_TOO_MANY_REDIRECTS: { status: 422, title: 'The source redirects too often, or in a circle' },
  IMPORT_TOO_LARGE: { status: 413, title: 'The file at the URL is too large' },
  IMPORT_UNREACHABLE: { status: 502, title: 'The source can not be reached' },
  IMPORT_SOURCE_UNAVAILABLE: { status: 502, title: 'The source can not give the file now' },
  IMPORT_INTERRUPTED: { status: 502, title: 'The source ended the transfer before the file was whole' },
  IMPORT_TIMEOUT: { status: 504, title: 'The source took too long' },
});
