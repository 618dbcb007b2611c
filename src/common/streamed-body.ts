import type { Readable } from 'node:stream';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { commonErrors } from './common.errors.js';

/** A route whose body is a stream of bytes of any content type, without a limit of its own. */
export const StreamedBody = (): MethodDecorator => RouteConfig({ streamedBody: true });

/** The body of such a route. @throws BODY_TYPE_UNSUPPORTED for a content type that is parsed everywhere */
export function streamedBodyOf({ body, raw }: FastifyRequest): Readable {
  if (body === undefined || body === null) return raw;
  if (body !== raw) throw commonErrors.BODY_TYPE_UNSUPPORTED();
  return raw;
}
