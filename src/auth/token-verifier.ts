import {
  createRemoteJWKSet,
  decodeJwt,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { authErrors, tokenRefused } from './auth.errors.js';
import { principalFromClaims } from './claims.js';
import type { Principal } from './principal.js';

/** Reads tokens; also for protocols whose requests never meet Nest's guards. */
export abstract class TokenVerifier {
  /** @throws TOKEN_INVALID, TOKEN_EXPIRED, AUTH_KEYS_UNAVAILABLE */
  abstract verify(token: string): Promise<Principal>;
}

/** Claims that a token must carry; null: not checked. */
export interface ExpectedClaims {
  issuer: string | null;
  audience: string | null;
}

/** Clocks of issuer and service may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 5;
const JWKS_TIMEOUT_MS = 5_000;
/** An unknown key id makes the key set be fetched again, but not more often than this. */
const JWKS_COOLDOWN_MS = 30_000;
/** A key that its owner withdraws is trusted no longer than ten minutes: so long, and what RememberingVerifier adds. */
const JWKS_MAX_AGE_MS = 570_000;

/** HS256 with a shared secret. */
export function secretVerifier(secret: string, expected: ExpectedClaims): TokenVerifier {
  const key = new TextEncoder().encode(secret);
  const options = verifyOptions(['HS256'], expected);
  return new JoseVerifier(async (token) => (await jwtVerify(token, key, options)).payload);
}

/**
 * RS256, ES256 or EdDSA with the keys of a JWKS. jose takes only a key whose `alg`, or when it has none
 * whose `kty` and `crv`, is that of the token's header, so a public key never serves as an HMAC secret.
 */
export function jwksVerifier(url: URL, expected: ExpectedClaims): TokenVerifier {
  const keys = availableKeys(
    createRemoteJWKSet(url, {
      timeoutDuration: JWKS_TIMEOUT_MS,
      cooldownDuration: JWKS_COOLDOWN_MS,
      cacheMaxAge: JWKS_MAX_AGE_MS,
    }),
  );
  const options = verifyOptions(['RS256', 'ES256', 'EdDSA'], expected);
  return new JoseVerifier(async (token) => (await jwtVerify(token, keys, options)).payload);
}

/** When a token that was verified stops being accepted, for connections that outlive their handshake. */
export function acceptedUntil(token: string): Date {
  const { exp = 0 } = decodeJwt(token);
  return new Date((exp + CLOCK_TOLERANCE_SECONDS) * 1000);
}

class JoseVerifier extends TokenVerifier {
  constructor(private readonly verifiedClaims: (token: string) => Promise<JWTPayload>) {
    super();
  }

  async verify(token: string): Promise<Principal> {
    try {
      return principalFromClaims(await this.verifiedClaims(token));
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw tokenRefused('TOKEN_EXPIRED', error);
      if (error instanceof errors.JOSEError) throw tokenRefused('TOKEN_INVALID', error);
      throw error;
    }
  }
}

function verifyOptions(algorithms: string[], { issuer, audience }: ExpectedClaims): JWTVerifyOptions {
  return {
    algorithms,
    ...(issuer !== null && { issuer }),
    ...(audience !== null && { audience }),
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  };
}

/** Tells a token that names no key of the set (its fault) from a set that can't be had (not its fault). */
function availableKeys(keys: JWTVerifyGetKey): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      const tokensFault =
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported;
      if (tokensFault) throw error;
      throw authErrors.AUTH_KEYS_UNAVAILABLE(undefined, { cause: error, headers: { 'Retry-After': '5' } });
    }
  };
}
