import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { insufficientScope, unauthenticated } from './auth.errors.js';
import { hasScope } from './principal.js';
import { principalOf } from './request-principal.js';
import { routeAccess } from './route-access.js';

/** Holds a principal against the scopes of the route. Runs after JwtAuthGuard. */
@Injectable()
export class ScopesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  /** @throws INSUFFICIENT_SCOPE */
  canActivate(context: ExecutionContext): boolean {
    const access = routeAccess(this.reflector, context.getHandler(), context.getClass());
    if (access === null)
      throw new Error(`${context.getClass().name}.${context.getHandler().name} has no access rule`);
    if (access.kind === 'public') return true;
    const principal = principalOf(context.switchToHttp().getRequest());
    if (!principal) {
      if (access.kind === 'anonymous') return true;
      throw unauthenticated();
    }
    if (access.scopes.every((scope) => hasScope(principal, scope))) return true;
    throw insufficientScope(access.scopes);
  }
}
