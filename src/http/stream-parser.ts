import type { FastifyInstance, FastifyRequest } from 'fastify';
import { commonErrors } from '../common/index.js';

/** Hands bodies of any type to the routes with `@StreamedBody()` as they come; to all others they are not supported. */
export function parseStreams(fastify: FastifyInstance): void {
  fastify.addContentTypeParser('*', (request: FastifyRequest, payload, done) => {
    const { streamedBody } = request.routeOptions.config as { streamedBody?: boolean };
    if (streamedBody) done(null, payload);
    else done(commonErrors.BODY_TYPE_UNSUPPORTED());
  });
}
