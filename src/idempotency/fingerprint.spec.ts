import { describe, expect, it } from '@jest/globals';
import { fingerprintOf } from './fingerprint.js';

const request = { method: 'POST', url: '/v1/things' };
const of = (content: unknown, changes: Partial<typeof request> = {}, orgId: string | null = null): string =>
  fingerprintOf({ ...request, ...changes }, { orgId }, content);

describe('the fingerprint of a request', () => {
  it.each([
    ['the order of fields', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    ['the order of fields with numbers for names', { 10: 1, 9: 2, a: 3 }, { a: 3, 9: 2, 10: 1 }],
  ])('does not see %s', (_, one, other) => {
    expect(of(one)).toBe(of(other));
  });

  it.each([
    ['another value', { a: 1 }, { a: 2 }],
    ['another type', { a: 1 }, { a: '1' }],
    ['another name', { a: 1 }, { b: 1 }],
    ['one field more', { a: 1 }, { a: 1, b: null }],
    ['another order of a list', [1, 2], [2, 1]],
    ['a list instead of an object', [['a', 1]], { a: 1 }],
    ['an object that looks like the canonical form', { pairs: [['a', 1]] }, { a: 1 }],
    ['a value in another place', { a: { b: 1 }, c: {} }, { a: {}, c: { b: 1 } }],
    ['nothing', { a: 1 }, undefined],
  ])('sees %s', (_, one, other) => {
    expect(of(one)).not.toBe(of(other));
  });

  it('sees method, path and organization', () => {
    const all = [
      of({}),
      of({}, { method: 'PUT' }),
      of({}, { url: '/v1/things/1' }),
      of({}, {}, 'acme'),
      of({}, {}, 'null'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('is a SHA-256', () => expect(of({ a: 1 })).toMatch(/^[0-9a-f]{64}$/));

  it('refuses what is nested without end', () => {
    const nested = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;
    expect(() => of(nested)).toThrow(expect.objectContaining({ code: 'BODY_MALFORMED' }));
  });
});
