import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import { jwksVerifier, secretVerifier, type TokenVerifier } from './token-verifier.js';

const secret = 'a secret of more than thirty-two characters';
const secretKey = new TextEncoder().encode(secret);
const anything = { issuer: null, audience: null };
const claims = { sub: 'alice', org: 'acme', scope: 'media:read openid media:write' };

const token = (payload: Record<string, unknown>, alg = 'HS256', kid?: string) =>
  new SignJWT(payload).setProtectedHeader({ alg, ...(kid && { kid }) }).setExpirationTime('1h');
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const unsigned = (header: object, payload: object) =>
  [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
const refused = (code = 'TOKEN_INVALID') => expect.objectContaining({ code, status: 401 });

describe('a token signed with the shared secret', () => {
  const verifier = secretVerifier(secret, anything);
  const sign = (payload: Record<string, unknown>) => token(payload).sign(secretKey);

  it('names its principal, without the scopes of other services', async () => {
    expect(await verifier.verify(await sign(claims))).toEqual({
      userId: 'alice',
      orgId: 'acme',
      scopes: new Set(['media:read', 'media:write']),
    });
  });

  it('may name no organization and no scope', async () => {
    expect(await verifier.verify(await sign({ sub: 'alice' }))).toEqual({
      userId: 'alice',
      orgId: null,
      scopes: new Set(),
    });
  });

  it('is refused after it has expired, but for a small difference of clocks', async () => {
    const expiring = (seconds: number) => token(claims).setExpirationTime(inSeconds(seconds)).sign(secretKey);
    await expect(verifier.verify(await expiring(-30))).rejects.toEqual(refused('TOKEN_EXPIRED'));
    await expect(verifier.verify(await expiring(-2))).resolves.toMatchObject({ userId: 'alice' });
  });

  it('is refused before it is valid', async () => {
    const early = await token(claims).setNotBefore(inSeconds(60)).sign(secretKey);
    await expect(verifier.verify(early)).rejects.toEqual(refused());
  });

  it('is refused without an expiry', async () => {
    const eternal = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(secretKey);
    await expect(verifier.verify(eternal)).rejects.toEqual(refused());
  });

  it.each([
    ['no sub', { org: 'acme' }],
    ['an empty sub', { sub: '' }],
    ['a sub that is a number', { sub: 7 }],
    ['a sub of 201 characters', { sub: 'x'.repeat(201) }],
    ['a sub with a NUL', { sub: 'ali\0ce' }],
    ['a sub with half a character', { sub: 'alice\ud800' }],
    ['an empty org', { sub: 'alice', org: '' }],
    ['an org that is a list', { sub: 'alice', org: ['acme'] }],
    ['a scope that is a list', { sub: 'alice', scope: ['admin'] }],
  ])('is refused with %s', async (_, payload) => {
    const jwt = await new SignJWT(payload as Record<string, unknown>)
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(secretKey);
    await expect(verifier.verify(jwt)).rejects.toEqual(refused());
  });

  it('is refused with another secret, another algorithm, none at all, or when it is no token', async () => {
    const other = new TextEncoder().encode('another secret of more than thirty-two characters');
    const bad = [
      await token(claims).sign(other),
      await token(claims, 'HS512').sign(new TextEncoder().encode(secret.repeat(2))),
      `${unsigned({ alg: 'none' }, { ...claims, exp: inSeconds(60) })}.`,
      'x.y.z',
      'x',
    ];
    for (const jwt of bad) await expect(verifier.verify(jwt)).rejects.toEqual(refused());
  });

  it('must come from the issuer and be meant for the audience when these are configured', async () => {
    const strict = secretVerifier(secret, { issuer: 'https://id.example', audience: 'media' });
    const good = token(claims).setIssuer('https://id.example').setAudience(['other', 'media']);
    await expect(strict.verify(await good.sign(secretKey))).resolves.toMatchObject({ userId: 'alice' });
    const bad = [
      token(claims).setIssuer('https://id.example'),
      token(claims).setAudience('media'),
      token(claims).setIssuer('https://evil.example').setAudience('media'),
      token(claims).setIssuer('https://id.example').setAudience('other'),
    ];
    for (const jwt of bad) await expect(strict.verify(await jwt.sign(secretKey))).rejects.toEqual(refused());
  });
});

describe('a token signed with a key of the key set', () => {
  const pairs: Record<string, { publicKey: CryptoKey; privateKey: CryptoKey }> = {};
  let server: Server;
  let published: { keys: JWK[] };
  let status: number;
  let fetches: number;
  let verifier: TokenVerifier;

  const pair = (alg: string) => {
    const found = pairs[alg];
    if (!found) throw new Error(`no key for ${alg}`);
    return found;
  };
  const publicJwk = async (alg: string, kid = alg): Promise<JWK> => ({
    ...(await exportJWK(pair(alg).publicKey)),
    kid,
    use: 'sig',
  });
  const sign = (alg: string, kid: string | undefined = alg) =>
    token(claims, alg, kid).sign(pair(alg).privateKey);

  beforeAll(async () => {
    for (const alg of ['RS256', 'ES256', 'EdDSA', 'RS512'])
      pairs[alg] = await generateKeyPair(alg, { extractable: true });
    server = createServer((_, response) => {
      fetches += 1;
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(published));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(async () => {
    published = { keys: await Promise.all(['RS256', 'ES256', 'EdDSA'].map((alg) => publicJwk(alg))) };
    status = 200;
    fetches = 0;
    const { port } = server.address() as AddressInfo;
    verifier = jwksVerifier(new URL(`http://127.0.0.1:${port}/jwks.json`), anything);
  });
  afterEach(() => void jest.restoreAllMocks());
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it.each(['RS256', 'ES256', 'EdDSA'])(
    'names its principal (%s), and the set is fetched once',
    async (alg) => {
      for (let i = 0; i < 3; i += 1) {
        await expect(verifier.verify(await sign(alg))).resolves.toMatchObject({
          userId: 'alice',
          orgId: 'acme',
        });
      }
      expect(fetches).toBe(1);
    },
  );

  it('is refused when the public key was used as an HMAC secret', async () => {
    const pem = await exportSPKI(pair('RS256').publicKey);
    const input = unsigned({ alg: 'HS256', kid: 'RS256' }, { ...claims, exp: inSeconds(60) });
    const forged = `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    await expect(verifier.verify(forged)).rejects.toEqual(refused());
  });

  it('is refused when it is not signed', async () => {
    const jwt = `${unsigned({ alg: 'none', kid: 'RS256' }, { ...claims, exp: inSeconds(60) })}.`;
    await expect(verifier.verify(jwt)).rejects.toEqual(refused());
  });

  it('is refused when its algorithm is not the one of its key', async () => {
    await expect(verifier.verify(await sign('ES256', 'RS256'))).rejects.toEqual(refused());
    await expect(verifier.verify(await sign('RS512', 'RS256'))).rejects.toEqual(refused());
  });

  it('is refused when its key says that it is for another algorithm', async () => {
    published.keys = [{ ...(await publicJwk('RS256')), alg: 'PS256' }];
    await expect(verifier.verify(await sign('RS256'))).rejects.toEqual(refused());
  });

  it('is refused when its key is symmetric, even though the set offers it', async () => {
    published.keys = [
      { kty: 'oct', k: Buffer.from(secret).toString('base64url'), kid: 'shared', alg: 'HS256' },
    ];
    await expect(verifier.verify(await token(claims, 'HS256', 'shared').sign(secretKey))).rejects.toEqual(
      refused(),
    );
  });

  it('is refused with a key that the set does not have, without fetching it each time', async () => {
    for (let i = 0; i < 5; i += 1) {
      await expect(verifier.verify(await sign('ES256', 'unknown'))).rejects.toEqual(refused());
    }
    expect(fetches).toBe(1);
  });

  it('is taken with a new key, and refused with the withdrawn one, after the issuer has changed keys', async () => {
    await verifier.verify(await sign('ES256'));
    published.keys = [await publicJwk('ES256', 'next')];
    await expect(verifier.verify(await sign('ES256', 'next'))).rejects.toEqual(refused());

    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 31_000);
    await expect(verifier.verify(await sign('ES256', 'next'))).resolves.toMatchObject({ userId: 'alice' });
    await expect(verifier.verify(await sign('ES256'))).rejects.toEqual(refused());
  });

  it.each([
    ['answers with an error', () => (status = 500)],
    ['answers with something else', () => (published = { keys: 'none' } as never)],
  ])('is not called invalid when the key set %s', async (_, breakIt) => {
    breakIt();
    const unavailable = expect.objectContaining({ code: 'AUTH_KEYS_UNAVAILABLE', status: 503 });
    await expect(verifier.verify(await sign('ES256'))).rejects.toEqual(unavailable);
    status = 200;
    published = { keys: [await publicJwk('ES256')] };
    await expect(verifier.verify(await sign('ES256'))).resolves.toMatchObject({ userId: 'alice' });
  });

  it('is taken while the key set is down, as long as the keys are fresh', async () => {
    await verifier.verify(await sign('ES256'));
    status = 503;
    await expect(verifier.verify(await sign('ES256'))).resolves.toMatchObject({ userId: 'alice' });
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 601_000);
    await expect(verifier.verify(await sign('ES256'))).rejects.toMatchObject({ status: 503 });
  });
});
