import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { DomainError } from '../common/index.js';
import { unauthenticated } from './auth.errors.js';
import { routeAccess } from './route-access.js';

/** Finds the principal of every request. A route that does not say who may call it is refused. */
@Injectable()
export class JwtAuthGuard extends AuthGuard('jwt') {
  constructor(private readonly reflector: Reflector) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.#access(context)?.kind !== 'public') return (await super.canActivate(context)) === true;
    context.switchToHttp().getRequest<{ user?: unknown }>().user = null;
    return true;
  }

  /** Passport's outcome: an error, a principal, or the reason why there is none. */
  override handleRequest<TUser>(
    error: unknown,
    user: TUser | false,
    reason: unknown,
    context: ExecutionContext,
  ): TUser {
    if (error) throw error;
    if (user !== false) return user;
    const refusal = reason instanceof DomainError ? reason : unauthenticated();
    const anonymous = this.#access(context)?.kind === 'anonymous' && refusal.code === 'UNAUTHENTICATED';
    // Passport's guard puts what is returned here on the request; null is the request's "no principal".
    if (anonymous) return null as TUser;
    throw refusal;
  }

  #access(context: ExecutionContext) {
    return routeAccess(this.reflector, context.getHandler(), context.getClass());
  }
}
