import type { IncomingMessage } from 'node:http';

/**
 * Before routing: the method that X-HTTP-Method-Override names takes the place of the request's own (tus 1.0.0, Core
 * Protocol, Headers), for clients behind proxies that let neither PATCH nor DELETE through. On the routes of that
 * protocol alone.
 */
export function overrideMethod(request: IncomingMessage): void {
  const override = request.headers['x-http-method-override'];
  if (typeof override !== 'string' || !/^\/v1\/tus(?:[/?]|$)/.test(request.url ?? '')) return;
  request.method = override.trim().toUpperCase();
}
