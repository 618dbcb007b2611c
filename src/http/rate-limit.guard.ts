import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../auth/index.js';
import { commonErrors } from '../common/index.js';
import { limitKey, trackerOf } from './request-limit.js';

/**
 * Counts the requests of a principal, or of an address when there is none, over all routes together.
 * Runs after the guard of auth, which finds the principal: import AuthModule first.
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  protected override headerPrefix = 'RateLimit';

  protected override async getTracker(request: FastifyRequest): Promise<string> {
    const principal = principalOf(request);
    if (principal === undefined) throw new Error('RateLimitModule must be imported after AuthModule');
    return trackerOf(principal?.userId ?? null, request.ip);
  }

  protected override generateKey(_context: ExecutionContext, tracker: string): string {
    return limitKey(tracker);
  }

  protected override async throwThrottlingException(
    _context: ExecutionContext,
    { limit, timeToBlockExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    const seconds = String(Math.max(1, timeToBlockExpire));
    throw commonErrors.RATE_LIMITED(undefined, {
      headers: {
        'Retry-After': seconds,
        'RateLimit-Limit': String(limit),
        'RateLimit-Remaining': '0',
        'RateLimit-Reset': seconds,
      },
    });
  }
}
