import type { IncomingMessage } from 'node:http';

const SIGNED_PATH = /^\/v1\/signed\/([^/?]+)(\/media\/.*)$/;

const tokens = new WeakMap<IncomingMessage, string>();

/**
 * Takes the token out of a signed URL: `/v1/signed/{token}/media/…` is answered by the route
 * `/v1/media/…`, and relative references in the answer stay below the token. For the HTTP server's URL
 * rewriting, before routing; only reading is ever signed.
 * @returns the URL to be routed
 */
export function unwrapSignedPath(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const match = request.method === 'GET' || request.method === 'HEAD' ? SIGNED_PATH.exec(url) : null;
  if (!match?.[1] || !match[2]) return url;
  tokens.set(request, match[1]);
  return `/v1${match[2]}`;
}

/** The token of the signed URL by which a request came, not verified yet; null for other requests. */
export function signedTokenOf(request: IncomingMessage): string | null {
  return tokens.get(request) ?? null;
}
