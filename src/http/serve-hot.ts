import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PinoLogger } from 'nestjs-pino';
import { type HotResponse, HotResponses } from '../cache/index.js';
import { Lifecycle } from '../common/index.js';
import { RequestLimit, trackerOf } from './request-limit.js';

/** Headers of one answer alone. */
const ownHeaders = new Set(['x-request-id', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']);

/**
 * Gives the answers that HotResponses has before anything else of the application sees the request; it is counted
 * against its asker's limit, measured and logged as any other. To be called before other hooks are added.
 */
export function serveHot(app: NestFastifyApplication): void {
  const responses = app.get(HotResponses);
  const lifecycle = app.get(Lifecycle);
  const limit = app.get(RequestLimit);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    const hot = lifecycle.closing ? null : responses.get(request);
    if (!hot) {
      done();
      return;
    }
    if (limit.enabled) void answerWithin(limit, { request, reply, hot, done });
    else answer({ request, reply, hot }, []);
  });
}

interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
  hot: HotResponse;
}

/** What is one too many goes the usual way, to be refused there. */
async function answerWithin(
  limit: RequestLimit,
  { done, ...exchange }: Exchange & { done: (error?: Error) => void },
): Promise<void> {
  let headers: string[] | null = null;
  try {
    headers = await limit.count(trackerOf(exchange.hot.userId, exchange.request.ip));
  } catch (error) {
    done(error as Error);
    return;
  }
  if (headers) answer(exchange, headers);
  else done();
}

function answer({ request, reply, hot }: Exchange, limitHeaders: string[]): void {
  reply.hijack();
  const age = Math.floor((Date.now() - hot.madeAt) / 1000);
  reply.raw.writeHead(200, [
    ...sharedHeaders(hot),
    ...limitHeaders,
    ...(age > 0 ? ['Age', String(age)] : []),
    'X-Request-Id',
    request.id,
  ]);
  reply.raw.end(hot.body);
  log(request, reply, hot.body.length);
}

const flattened = new WeakMap<HotResponse, string[]>();

/** Names and values in turn, as Node takes them fastest. */
function sharedHeaders(hot: HotResponse): string[] {
  const known = flattened.get(hot);
  if (known) return known;
  const flat = Object.entries(hot.headers)
    .filter(([name]) => !ownHeaders.has(name))
    .flatMap(([name, value]) => [value].flat().flatMap((item) => [name, item]));
  flattened.set(hot, flat);
  return flat;
}

/** The line that pino-http writes for other requests. */
function log(request: FastifyRequest, reply: FastifyReply, contentLength: number): void {
  const logger = PinoLogger.root;
  if (!logger?.isLevelEnabled('info')) return;
  const req = Object.assign(request.raw, { originalUrl: request.originalUrl, ip: request.ip });
  const res = { headersSent: true, statusCode: 200, getHeaders: () => ({}), getHeader: () => contentLength };
  logger.info(
    { requestId: request.id, req, res, responseTime: Math.round(reply.elapsedTime) },
    'request completed',
  );
}
