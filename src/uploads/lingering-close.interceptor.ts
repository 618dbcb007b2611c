import type { IncomingMessage } from 'node:http';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
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
        linger(context.switchToHttp().getRequest<FastifyRequest>().raw);
        return throwError(() => error);
      }),
    );
  }
}

function linger(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  request.unpipe();
  request.resume();
  const deadline = setTimeout(() => request.socket.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(deadline));
}
