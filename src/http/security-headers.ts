import type { FastifyHelmetOptions } from '@fastify/helmet';

/** What browsers are told about API responses: nothing in them may run, or be framed. */
export function apiHeaders(publicUrl: string | null): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    xFrameOptions: { action: 'deny' },
    // Only where we know that TLS is there, and never for hosts that are not ours.
    strictTransportSecurity: publicUrl?.startsWith('https:') ? { includeSubDomains: false } : false,
  };
}

/** Swagger UI: its own scripts, inline styles, images from data: URLs, requests to this service. */
export const docsHeaders: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      mediaSrc: ["'self'", 'blob:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
};

export function isDocsPath(url: string): boolean {
  return /^\/docs(?:[/?]|$)/.test(url);
}
