import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { TUS_VERSION, tusErrors } from './tus.errors.js';

/** Refuses clients of another version (Core Protocol, Tus-Resumable) before anything is looked at. */
@Injectable()
export class TusProtocolGuard implements CanActivate {
  /** @throws TUS_VERSION_UNSUPPORTED */
  canActivate(context: ExecutionContext): boolean {
    const { method, headers } = context.switchToHttp().getRequest<FastifyRequest>();
    if (method === 'OPTIONS' || headers['tus-resumable'] === TUS_VERSION) return true;
    throw tusErrors.TUS_VERSION_UNSUPPORTED(`spoken is ${TUS_VERSION}`, {
      headers: { 'Tus-Version': TUS_VERSION },
    });
  }
}
