import { SignJWT } from 'jose';
import type { Scope } from './principal.js';
import type { ExpectedClaims } from './token-verifier.js';

export interface DevelopmentClaims extends Partial<ExpectedClaims> {
  sub: string;
  org?: string;
  scopes: readonly Scope[];
  expiresInSeconds: number;
}

/** Signs a token (HS256) as an identity provider would. For development: the service itself issues none. */
export async function signDevelopmentToken(secret: string, claims: DevelopmentClaims): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const token = new SignJWT({
    scope: claims.scopes.join(' '),
    ...(claims.org !== undefined && { org: claims.org }),
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(claims.sub)
    .setIssuedAt(now)
    .setExpirationTime(now + claims.expiresInSeconds);
  if (claims.issuer) token.setIssuer(claims.issuer);
  if (claims.audience) token.setAudience(claims.audience);
  return token.sign(new TextEncoder().encode(secret));
}
