import { describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import type { Principal } from './principal.js';
import { RememberingVerifier } from './remembering-verifier.js';
import { TokenVerifier } from './token-verifier.js';

const alice: Principal = { userId: 'alice', orgId: null, scopes: new Set() };

class CountingVerifier extends TokenVerifier {
  calls = 0;
  failing = false;

  override async verify(): Promise<Principal> {
    this.calls += 1;
    if (this.failing) throw new Error('refused');
    return alice;
  }
}

const tokenUntil = (seconds: number, sub = 'alice') =>
  new SignJWT({ sub })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(new Uint8Array(32));

describe('RememberingVerifier', () => {
  it('verifies a token once for all who come with it in a short time', async () => {
    const inner = new CountingVerifier();
    const verifier = new RememberingVerifier(inner);
    const token = await tokenUntil(60);
    expect([await verifier.verify(token), await verifier.verify(token)]).toEqual([alice, alice]);
    expect(inner.calls).toBe(1);
    await verifier.verify(await tokenUntil(60, 'bob'));
    expect(inner.calls).toBe(2);
  });

  it('does not believe in a token beyond its expiry', async () => {
    const inner = new CountingVerifier();
    const verifier = new RememberingVerifier(inner);
    // Past even the tolerance for clocks.
    const token = await tokenUntil(-6);
    await verifier.verify(token);
    await verifier.verify(token);
    expect(inner.calls).toBe(2);
  });

  it('keeps no failure', async () => {
    const inner = new CountingVerifier();
    const verifier = new RememberingVerifier(inner);
    const token = await tokenUntil(60);
    inner.failing = true;
    await expect(verifier.verify(token)).rejects.toThrow('refused');
    inner.failing = false;
    expect(await verifier.verify(token)).toEqual(alice);
  });
});
