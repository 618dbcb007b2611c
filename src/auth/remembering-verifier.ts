import { LRUCache } from 'lru-cache';
import type { Principal } from './principal.js';
import { acceptedUntil, TokenVerifier } from './token-verifier.js';

/** How long a verification holds at most; JWKS_MAX_AGE_MS leaves room for it. */
const REMEMBERED_MS = 30_000;
/** Characters of tokens in memory. */
const MAX_CHARACTERS = 8 * 1024 ** 2;

/** Verifies a token once and believes in it for a short time, never beyond its expiry. Failures are not kept. */
export class RememberingVerifier extends TokenVerifier {
  private readonly verified = new LRUCache<string, Principal>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_principal, token) => token.length,
  });

  constructor(private readonly inner: TokenVerifier) {
    super();
  }

  override async verify(token: string): Promise<Principal> {
    const known = this.verified.get(token);
    if (known) return known;
    const principal = await this.inner.verify(token);
    const ttl = Math.min(REMEMBERED_MS, acceptedUntil(token).getTime() - Date.now());
    if (ttl >= 1) this.verified.set(token, principal, { ttl: Math.floor(ttl) });
    return principal;
  }
}
