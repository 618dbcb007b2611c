import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { ApiProblems, newId } from '../common/index.js';
import type { Attempt } from './attempt.js';
import { IdempotencyInterceptor, SEALED_BY_HANDLER } from './idempotency.interceptor.js';
import { attemptOf } from './request-attempt.js';

/**
 * A route that takes an Idempotency-Key. It creates its resource under `@ResourceId()`, and first looks
 * whether it is there. A route whose body is not JSON takes `@CurrentAttempt()` and seals it (`body: 'form'`).
 */
export const Idempotent = ({ body = 'json' }: { body?: 'json' | 'form' } = {}): MethodDecorator =>
  applyDecorators(
    SetMetadata(SEALED_BY_HANDLER, body === 'form'),
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'The request has its effect once, however often it is sent: a repetition within 24 hours gets the first answer, with `Idempotency-Replayed: true`',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
    ApiProblems(400, 409, 422),
  );

/** The id for what an `@Idempotent()` route creates: the same in every attempt, and a new one without a key. */
export const ResourceId = createParamDecorator(
  (_: undefined, context: ExecutionContext): string =>
    attemptOf(context.switchToHttp().getRequest())?.resourceId ?? newId(),
);

/** The attempt that a request is, or null when it has no Idempotency-Key. */
export const CurrentAttempt = createParamDecorator(
  (_: undefined, context: ExecutionContext): Attempt | null => attemptOf(context.switchToHttp().getRequest()),
);
