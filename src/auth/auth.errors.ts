import { type DomainError, defineErrors } from '../common/index.js';

export const authErrors = defineErrors({
  UNAUTHENTICATED: { status: 401, title: 'A token is needed' },
  TOKEN_INVALID: { status: 401, title: 'The token is not valid' },
  TOKEN_EXPIRED: { status: 401, title: 'The token has expired' },
  INSUFFICIENT_SCOPE: { status: 403, title: 'The token does not have the scope for this' },
  ACCOUNT_NOT_FOUND: { status: 404, title: 'There is no such account' },
  AUTH_KEYS_UNAVAILABLE: { status: 503, title: 'The keys that tokens are checked with can not be had now' },
});

/** A request without a token: the bare challenge of RFC 6750 section 3.1. */
export function unauthenticated(): DomainError {
  return authErrors.UNAUTHENTICATED(undefined, { headers: { 'WWW-Authenticate': 'Bearer' } });
}

export function tokenRefused(code: 'TOKEN_INVALID' | 'TOKEN_EXPIRED', cause?: unknown): DomainError {
  return authErrors[code](undefined, {
    cause,
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
  });
}

export function insufficientScope(scopes: readonly string[]): DomainError {
  const scope = scopes.join(' ');
  return authErrors.INSUFFICIENT_SCOPE(`Needed: ${scope}`, {
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}
