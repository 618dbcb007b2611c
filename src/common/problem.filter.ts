import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DomainError } from './domain-error.js';
import { PROBLEM_TYPE, problemDocument } from './problem-document.js';
import { redactPath } from './redact-url.js';
import { toDomainError } from './to-domain-error.js';

/** Headers that describe the representation a handler was about to send, not the problem. */
const representationHeaders = [
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-length',
  'content-range',
  'etag',
  'expires',
  'last-modified',
];

/** Answers every failure of a request with a problem document; the only place where causes are logged. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger('Http');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = toDomainError(thrown);
    // A refusal without a cause (busy, not ready, shutting down) is no failure.
    if (error.status >= 500 && error.cause !== undefined) this.#log(error, request);
    sendProblem(error, request, reply);
  }

  #log(error: DomainError, request: FastifyRequest): void {
    const gone = request.raw.destroyed && !request.raw.complete;
    const entry = {
      err: error.cause ?? error,
      code: error.code,
      msg: 'request failed',
    };
    // A client that goes away in the middle of its body makes streams fail; that is no failure of ours.
    if (gone) this.#logger.debug(entry);
    else this.#logger.error(entry);
  }
}

/**
 * Sends the problem, or, when a part of another answer is already on its way, breaks the connection:
 * a client must not take half an answer for a whole one.
 */
export function sendProblem(error: DomainError, request: FastifyRequest, reply: FastifyReply): void {
  if (reply.sent || reply.raw.headersSent) {
    if (!reply.raw.writableEnded) reply.raw.destroy();
    return;
  }
  for (const name of representationHeaders) reply.removeHeader(name);
  const document = problemDocument(error, { id: request.id, path: redactPath(request.raw.url ?? '/') });
  void reply
    .code(error.status)
    .headers({ 'Cache-Control': 'no-store', ...error.options.headers })
    .type(PROBLEM_TYPE)
    // As bytes: to a string Fastify adds a charset, which the media type does not have.
    .send(Buffer.from(JSON.stringify(document)));
}
