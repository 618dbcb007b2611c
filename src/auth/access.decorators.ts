import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import { PUBLIC_ROUTE } from '../common/index.js';
import { unauthenticated } from './auth.errors.js';
import type { Principal, Scope } from './principal.js';
import { principalOf } from './request-principal.js';

export const ANONYMOUS_ROUTE = 'access:anonymous';
export const ROUTE_SCOPES = 'access:scopes';

/** Name of the security scheme in the OpenAPI document. */
export const BEARER = 'bearer';

/** No token is looked at. */
export const Public = () => SetMetadata(PUBLIC_ROUTE, true);

/** A token is not needed; one that is given must be valid, and must have the scopes. */
export const AllowAnonymous = (...scopes: Scope[]) =>
  applyDecorators(SetMetadata(ANONYMOUS_ROUTE, scopes), ApiSecurity(BEARER, scopes), ApiSecurity({}));

/** A token with all of the scopes is needed. */
export const RequireScopes = (...scopes: [Scope, ...Scope[]]) =>
  applyDecorators(SetMetadata(ROUTE_SCOPES, scopes), ApiSecurity(BEARER, scopes));

/** The principal of a route with `@RequireScopes`. */
export const CurrentPrincipal = createParamDecorator((_: undefined, context: ExecutionContext): Principal => {
  const principal = principalOf(context.switchToHttp().getRequest());
  if (!principal) throw unauthenticated();
  return principal;
});

/** The principal of a route with `@AllowAnonymous`, or null. */
export const OptionalPrincipal = createParamDecorator(
  (_: undefined, context: ExecutionContext): Principal | null =>
    principalOf(context.switchToHttp().getRequest()) ?? null,
);
