import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { principalOf } from '../auth/index.js';
import { type Answer, answerOf } from './answer.js';
import { fingerprintOf } from './fingerprint.js';
import { idempotencyKeyOf } from './idempotency-key.js';
import { IdempotencyService } from './idempotency.service.js';
import { setAttempt } from './request-attempt.js';

/** Metadata of a route whose handler seals the attempt itself. */
export const SEALED_BY_HANDLER = 'idempotency:sealed-by-handler';

/** Runs the handler of a request with an Idempotency-Key once, and answers its repetitions. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly idempotency: IdempotencyService,
    private readonly reflector: Reflector,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const key = idempotencyKeyOf(request.headers);
    const principal = principalOf(request);
    if (key === null || !principal) return next.handle();

    const sealedByHandler = this.reflector.get<boolean>(SEALED_BY_HANDLER, context.getHandler());
    const { answer, replayed } = await this.idempotency.run({
      principal,
      key,
      fingerprint: sealedByHandler ? null : fingerprintOf(request, principal, request.body),
      respond: async (attempt) => {
        setAttempt(request, attempt);
        const body: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
        return answerOf(reply, body);
      },
    });
    if (replayed) replay(reply, answer);
    return of(answer.body);
  }
}

function replay(reply: FastifyReply, { status, headers }: Answer): void {
  void reply.status(status).headers({ ...headers, 'Idempotency-Replayed': 'true' });
}
