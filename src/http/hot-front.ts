import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PinoLogger } from 'nestjs-pino';
import { type HotResponse, HotResponses } from '../cache/index.js';
import { Lifecycle } from '../common/index.js';
import { RequestLimit, trackerOf } from './request-limit.js';

/** Headers of one answer alone. */
const ownHeaders = new Set(['x-request-id', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']);

/** The place of HotFront among the decorators of Fastify. */
const FRONT = 'hotFront';

/**
 * Gives the answers that HotResponses has before anything else of the application sees the request; it is counted
 * against its asker's limit, measured and logged as any other.
 */
class HotFront {
  private from: { responses: HotResponses; lifecycle: Lifecycle; limit: RequestLimit } | null = null;

  open(app: NestFastifyApplication): void {
    this.from = {
      responses: app.get(HotResponses),
      lifecycle: app.get(Lifecycle),
      limit: app.get(RequestLimit),
    };
  }

  readonly onRequest = (
    request: FastifyRequest,
    reply: FastifyReply,
    done: (error?: Error) => void,
  ): void => {
    const { from } = this;
    const hot = from === null || from.lifecycle.closing ? null : from.responses.get(request);
    if (from === null || hot === null) done();
    else if (from.limit.enabled) void answerWithin(from.limit, { request, reply, hot, done });
    else answer({ request, reply, hot }, []);
  };
}

/** Puts the hook before all others: those that Nest adds when the application is made cost more than the answer. */
export function placeHotFront(fastify: FastifyInstance): void {
  const front = new HotFront();
  fastify.decorate(FRONT, front);
  fastify.addHook('onRequest', front.onRequest);
}

/** From now on. */
export function openHotFront(app: NestFastifyApplication): void {
  app.getHttpAdapter().getInstance().getDecorator<HotFront>(FRONT).open(app);
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
  hot.given();
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
