import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { NestApplicationOptions } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyHttpOptions } from 'fastify';
import {
  commonErrors,
  newId,
  PROBLEM_TYPE,
  problemDocument,
  requestIdFrom,
  sendProblem,
  toDomainError,
} from '../common/index.js';
import type { AppConfig } from '../config/index.js';
import { unwrapSignedPath } from '../security/index.js';
import { placeHotFront } from './hot-front.js';
import { overrideMethod } from './method-override.js';
import { parseStreams } from './stream-parser.js';

/** Bodies that are parsed as a whole; uploads are streams and have limits of their own. */
const PARSED_BODY_LIMIT = 1024 ** 2;
/** The longest path parameter: a signed URL's token. */
const MAX_PARAMETER_LENGTH = 2048;
const HEADERS_TIMEOUT_MS = 60_000;
/** A connection on which nothing moves; must outlast a pause in a player and the completion of a large upload. */
const IDLE_TIMEOUT_MS = 600_000;
/** Longer than the 60 s of common load balancers, so that they, not we, end idle connections. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;

/** For NestFactory.create: Fastify's own JSON parser suffices, and forms that are not multipart are refused (415). */
export const httpApplicationOptions: NestApplicationOptions = { bodyParser: false, bufferLogs: true };

/**
 * Fastify as this service needs it. A request as a whole has no time limit: uploads may take hours.
 * @param takesUpgrade which requests to change protocols are meant seriously; the others, of clients that
 *   would like HTTP/2 for example, are answered as if they had not asked (RFC 9110 section 7.8)
 */
export function createHttpAdapter(
  config: Pick<AppConfig, 'trustedProxies'>,
  takesUpgrade: (request: IncomingMessage) => boolean = () => false,
): FastifyAdapter {
  const options: FastifyHttpOptions<Server> = {
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    requestIdHeader: false,
    rewriteUrl: (request) => {
      overrideMethod(request);
      return unwrapSignedPath(request);
    },
    genReqId: (request) => requestIdFrom(request.headers['x-request-id']),
    bodyLimit: PARSED_BODY_LIMIT,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    requestTimeout: 0,
    connectionTimeout: IDLE_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, shouldUpgradeCallback: takesUpgrade },
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) => {
      reply.raw.setHeader('X-Request-Id', request.id);
      reply.raw.setHeader('X-Content-Type-Options', 'nosniff');
      sendProblem(toDomainError(error), request, reply);
    },
    clientErrorHandler: answerBrokenRequest,
  };
  const adapter = new FastifyAdapter(options);
  const fastify = adapter.getInstance();
  placeHotFront(fastify);
  fastify.removeContentTypeParser('text/plain');
  // RFC 7396; parsed as any other JSON.
  fastify.addContentTypeParser(
    'application/merge-patch+json',
    { parseAs: 'string' },
    fastify.getDefaultJsonParser('error', 'error'),
  );
  parseStreams(fastify);
  return adapter;
}

/** What can't be read as HTTP never becomes a request, so the answer is written to the socket. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const factory =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? commonErrors.REQUEST_TIMEOUT
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? commonErrors.HEADERS_TOO_LARGE
        : commonErrors.BAD_REQUEST;
  const problem = problemDocument(factory(), { id: newId() });
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      `Content-Type: ${PROBLEM_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
    () => socket.destroy(),
  );
}
