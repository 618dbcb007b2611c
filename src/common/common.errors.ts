import { defineErrors } from './domain-error.js';

export const commonErrors = defineErrors({
  BAD_REQUEST: { status: 400, title: 'The request is malformed' },
  BODY_MALFORMED: { status: 400, title: 'The body is not what its content type says' },
  VALIDATION_FAILED: { status: 400, title: 'A parameter is invalid' },
  CURSOR_INVALID: { status: 400, title: 'The cursor was not made by this service' },
  NOT_FOUND: { status: 404, title: 'There is no such thing' },
  ROUTE_NOT_FOUND: { status: 404, title: 'There is no such route' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  URI_TOO_LONG: { status: 414, title: 'A part of the path is too long' },
  BODY_TYPE_UNSUPPORTED: { status: 415, title: 'The route does not take a body of this content type' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The header fields are too large' },
  INTERNAL_ERROR: { status: 500, title: 'Something went wrong on our side' },
  SERVICE_UNAVAILABLE: { status: 503, title: 'The service can not answer now' },
  SHUTTING_DOWN: { status: 503, title: 'This instance is shutting down' },
});
