export {
  assertMaySeeAccount,
  canChange,
  canRead,
  type Owned,
  type Visibility,
  visibilities,
} from './access-policy.js';
export {
  AllowAnonymous,
  BEARER,
  CurrentPrincipal,
  OptionalPrincipal,
  Public,
  RequireScopes,
} from './access.decorators.js';
export { authErrors, insufficientScope, tokenRefused, unauthenticated } from './auth.errors.js';
export { AuthModule } from './auth.module.js';
export { type DevelopmentClaims, signDevelopmentToken } from './development-token.js';
export { jwtSecret } from './jwt-secret.js';
export { hasScope, isScope, isSubjectId, type Principal, type Scope, scopes } from './principal.js';
export { principalOf } from './request-principal.js';
export type { RouteAccess } from './route-access.js';
export { type Route, RouteCatalogue } from './route-catalogue.js';
export { acceptedUntil, TokenVerifier } from './token-verifier.js';
