import type { JWTPayload } from 'jose';
import { tokenRefused } from './auth.errors.js';
import { isScope, isSubjectId, type Principal } from './principal.js';

/**
 * The principal that the claims of a verified token describe: `sub`, and optionally `org` and `scope`
 * (RFC 8693 section 4.2, space-separated). Scopes of other services are ignored.
 * @throws TOKEN_INVALID
 */
export function principalFromClaims({ sub, org, scope = '' }: JWTPayload): Principal {
  if (!isSubjectId(sub)) throw tokenRefused('TOKEN_INVALID');
  if (org !== undefined && org !== null && !isSubjectId(org)) throw tokenRefused('TOKEN_INVALID');
  if (typeof scope !== 'string') throw tokenRefused('TOKEN_INVALID');
  return Object.freeze({
    userId: sub,
    orgId: org ?? null,
    scopes: new Set(scope.split(' ').filter(isScope)),
  });
}
