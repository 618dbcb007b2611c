import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, type Observable, throwError } from 'rxjs';

/** How long a client may go on sending after its upload was refused. */
const LINGER_MS = 5000;

/**
 * Answers a refused upload at once, and reads on for a moment so that the client sees the answer: closing
 * with unread bytes would reset the connection and take the answer with it.
 */
@Injectable()
export class LingeringClose implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        const http = context.switchToHttp();
        linger(http.getRequest<FastifyRequest>().raw, http.getResponse<FastifyReply>().raw);
        return throwError(() => error);
      }),
    );
  }
}

function linger(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || request.destroyed) return;
  const { socket } = request;
  // Node would close the connection of a client that asked for it as soon as the answer is out.
  const closes = !response.shouldKeepAlive;
  response.shouldKeepAlive = true;
  request.unpipe();
  request.resume();
  const deadline = setTimeout(() => socket.destroy(), LINGER_MS);
  request.once('close', () => {
    clearTimeout(deadline);
    if (!closes) return;
    if (response.writableFinished) socket.end();
    else response.once('finish', () => socket.end());
  });
}
