import type { FastifyCorsOptions } from '@fastify/cors';

/** Response headers that scripts of other origins may read. */
const exposedHeaders = [
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Length',
  'Content-Range',
  'ETag',
  'Idempotency-Replayed',
  'Last-Modified',
  'Location',
  'Media-Id',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'Tus-Checksum-Algorithm',
  'Tus-Extension',
  'Tus-Max-Size',
  'Tus-Resumable',
  'Tus-Version',
  'Upload-Concat',
  'Upload-Defer-Length',
  'Upload-Expires',
  'Upload-Length',
  'Upload-Metadata',
  'Upload-Offset',
  'X-Request-Id',
];

/** CORS for the given origins, or for all with `*`. Never with credentials: there are no cookies. */
export function corsOptions(origins: readonly string[]): FastifyCorsOptions {
  const options: FastifyCorsOptions = {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    exposedHeaders,
    maxAge: 600,
  };
  return {
    delegator: (request, callback) => {
      // Any other OPTIONS is a question to the route: tus clients learn the server's extensions by it.
      callback(null, { ...options, preflight: 'access-control-request-method' in request.headers });
    },
  };
}
