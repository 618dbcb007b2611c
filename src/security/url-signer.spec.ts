import { describe, expect, it } from '@jest/globals';
import { roundedExpiry, UrlSigner } from './url-signer.js';

const oldKey = 'old-key-old-key-old-key-old-key-old';
const newKey = 'new-key-new-key-new-key-new-key-new';
const signer = new UrlSigner({ current: newKey, previous: null });
const expiresAtSeconds = 1_800_000_000;
const before = (expiresAtSeconds - 1) * 1000;

const invalid = expect.objectContaining({ code: 'SIGNATURE_INVALID', status: 403 });
const exact = (resource: string) => signer.sign({ resource, scope: 'exact', expiresAtSeconds });
const prefix = (resource: string) => signer.sign({ resource, scope: 'prefix', expiresAtSeconds });

describe('UrlSigner', () => {
  it('opens what it signed and says until when', () => {
    const token = exact('/v1/media/1/stream');
    expect(signer.verify(token, '/v1/media/1/stream', before)).toEqual({
      expiresAt: new Date(expiresAtSeconds * 1000),
    });
  });

  it('makes short tokens that need no escaping, equal for equal requests', () => {
    expect(exact('/v1/m/1/image?b=2&a=1')).toMatch(/^[A-Za-z0-9_-]{59}$/);
    expect(exact('/v1/m/1/image?b=2&a=1')).toBe(exact('/v1/m/1/image?a=1&b=2'));
  });

  it('reads the query in any order and encoding', () => {
    expect(() => signer.verify(exact('/v1/m?b=x%20y&a=1'), '/v1/m?a=1&b=x+y', before)).not.toThrow();
  });

  it.each([
    ['another path', '/v1/media/2/stream?w=1'],
    ['a path below', '/v1/media/1/stream/x?w=1'],
    ['a trailing slash', '/v1/media/1/stream/?w=1'],
    ['another case', '/v1/media/1/Stream?w=1'],
    ['another value', '/v1/media/1/stream?w=2'],
    ['one parameter more', '/v1/media/1/stream?w=1&h=1'],
    ['no query', '/v1/media/1/stream'],
    ['dot segments that lead there', '/v1/media/2/../1/stream?w=1'],
    ['an encoded letter', '/v1/media/1/%73tream?w=1'],
  ])('an exact token does not open %s', (_, resource) => {
    const token = exact('/v1/media/1/stream?w=1');
    expect(() => signer.verify(token, resource, before)).toThrow(invalid);
  });

  it.each(['/v1/media/1/hls/', '/v1/media/1/hls/master.m3u8', '/v1/media/1/hls/480p/seg-1.m4s?x=1'])(
    'a prefix token opens %s',
    (resource) => {
      expect(() => signer.verify(prefix('/v1/media/1/hls/'), resource, before)).not.toThrow();
    },
  );

  it.each([
    '/v1/media/1/hls',
    '/v1/media/1/hlsx/a',
    '/v1/media/2/hls/a',
    '/v1/media/1/',
    '/v1/media/1/hls/../download',
    '/v1/media/1/hls/%2e%2e/download',
    '/v1/media/1/hls/..%2fdownload',
    '/v1/media/1/hls/..\\download',
    '/v1/media/1/hls//download',
  ])('a prefix token does not open %s', (resource) => {
    expect(() => signer.verify(prefix('/v1/media/1/hls/'), resource, before)).toThrow(invalid);
  });

  it('does not confuse an exact token for a folder with one for its prefix', () => {
    expect(() => signer.verify(exact('/v1/media/1/hls/'), '/v1/media/1/hls/a', before)).toThrow(invalid);
  });

  it.each(['/v1/media/1/hls', '/v1/media/1/hls/?a=1', '/', '/v1/../'])(
    'does not sign %s as a prefix',
    (resource) => {
      expect(() => prefix(resource)).toThrow(invalid);
    },
  );

  it('refuses a token changed in any character', () => {
    const token = exact('/v1/media/1/stream');
    for (let at = 0; at < token.length; at += 1) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(() => signer.verify(changed, '/v1/media/1/stream', before)).toThrow(invalid);
    }
  });

  it('knows one spelling of a token only', () => {
    const token = exact('/v1/media/1/stream');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const sameBytes = Array.from(alphabet)
      .map((last) => token.slice(0, -1) + last)
      .filter(
        (other) => other !== token && Buffer.from(other, 'base64url').equals(Buffer.from(token, 'base64url')),
      );
    expect(sameBytes.length).toBeGreaterThan(0);
    for (const other of sameBytes) {
      expect(() => signer.verify(other, '/v1/media/1/stream', before)).toThrow(invalid);
    }
  });

  it.each(['', 'x', 'A'.repeat(59), 'A'.repeat(60), 'é'.repeat(59), '.'.repeat(59), 'A'.repeat(100_000)])(
    'refuses the token %.70j',
    (token) => {
      expect(() => signer.verify(token, '/v1/media/1/stream', before)).toThrow(invalid);
    },
  );

  it('ends at the second of its expiry, and tells only the holder of a true token', () => {
    const token = exact('/v1/m');
    expect(() => signer.verify(token, '/v1/m', expiresAtSeconds * 1000 - 1)).not.toThrow();
    expect(() => signer.verify(token, '/v1/m', expiresAtSeconds * 1000)).toThrow(
      expect.objectContaining({ code: 'SIGNATURE_EXPIRED', status: 403 }),
    );
    expect(() => signer.verify(token, '/v1/n', expiresAtSeconds * 1000)).toThrow(invalid);
  });

  it('after a rotation signs with the new key and verifies with both', () => {
    const old = new UrlSigner({ current: oldKey, previous: null });
    const rotated = new UrlSigner({ current: newKey, previous: oldKey });
    const request = { resource: '/v1/m', scope: 'exact', expiresAtSeconds } as const;
    expect(() => rotated.verify(old.sign(request), '/v1/m', before)).not.toThrow();
    expect(rotated.sign(request)).toBe(signer.sign(request));
    expect(() => old.verify(rotated.sign(request), '/v1/m', before)).toThrow(invalid);
    expect(() => signer.verify(old.sign(request), '/v1/m', before)).toThrow(invalid);
  });
});

describe('roundedExpiry', () => {
  it.each([
    [1000, 60, 1080],
    [1020, 60, 1080],
    [1021, 60, 1140],
    [0, 3600, 3600],
    [1, 3600, 4500],
    [900, 3600, 4500],
    [901, 3600, 5400],
    [1, 86_400, 90_000],
    [1000, 1, 1020],
  ])('at %d for %d s gives %d', (now, expiresIn, expected) => {
    expect(roundedExpiry(now, expiresIn)).toBe(expected);
  });

  it('is never earlier than asked and at most a window later', () => {
    for (const expiresIn of [1, 59, 60, 61, 300, 3600, 14_400, 604_800]) {
      for (let now = 1_700_000_000; now < 1_700_008_000; now += 37) {
        const extra = roundedExpiry(now, expiresIn) - now - expiresIn;
        expect(extra).toBeGreaterThanOrEqual(0);
        expect(extra).toBeLessThan(Math.min(3600, Math.max(60, expiresIn / 4)));
      }
    }
  });
});
