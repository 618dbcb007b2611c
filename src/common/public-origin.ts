import type { FastifyRequest } from 'fastify';

/** Origin under which this client reaches the service: as configured, else as the request (or a trusted proxy) names it. */
export function publicOrigin(request: FastifyRequest, publicUrl: string | null): string {
  return publicUrl ?? `${request.protocol}://${request.host}`;
}
