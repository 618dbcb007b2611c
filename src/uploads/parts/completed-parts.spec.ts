import { describe, expect, it } from '@jest/globals';
import { fingerprintOf, parseFingerprint, piecesOf } from './completed-parts.js';

const plan = { sizeBytes: 25, partSizeBytes: 10 };
const known = [1, 2, 3].map((number) => ({ number, receipt: `r${number}`, etag: `e${number}` }));
const claimed = [1, 2, 3].map((partNumber) => ({ partNumber, etag: `e${partNumber}` }));
const direct = ({ number, sizeBytes, etag }: { number: number; sizeBytes: number; etag: string }) => ({
  number,
  sizeBytes,
  etag,
  receipt: `direct ${etag}`,
});

describe('the pieces of a completed session', () => {
  it('are those that are stored, in order, with the sizes of the plan', () => {
    expect(piecesOf(plan, known.toReversed(), { claimed: claimed.toReversed(), direct: null })).toEqual([
      { number: 1, sizeBytes: 10, receipt: 'r1' },
      { number: 2, sizeBytes: 10, receipt: 'r2' },
      { number: 3, sizeBytes: 5, receipt: 'r3' },
    ]);
  });

  it('are known by their tags with and without quotes', () => {
    const quoted = claimed.map(({ partNumber, etag }) => ({ partNumber, etag: `"${etag}"` }));
    expect(piecesOf(plan, known, { claimed: quoted, direct: null })).toHaveLength(3);
  });

  it.each([
    ['a part is not claimed', known, claimed.slice(1), 'missing: 1'],
    ['a part is not stored', known.slice(0, 2), claimed, 'missing: 3'],
    ['a tag is another', known, [{ partNumber: 1, etag: 'x' }, ...claimed.slice(1)], 'part 1 has another'],
    ['a part is claimed twice', known, [...claimed, claimed[0]], 'listed twice'],
    ['there is no such part', known, [...claimed, { partNumber: 4, etag: 'e4' }], 'no part 4'],
  ])('are refused when %s', (_name, parts, claims, message) => {
    const list = claims.filter((claim) => claim !== undefined);
    expect(() => piecesOf(plan, parts, { claimed: list, direct: null })).toThrow(message);
  });

  it('are what the client says, where they went straight to the store', () => {
    const claims = [{ partNumber: 1, etag: 'x' }, ...claimed.slice(1)];
    expect(
      piecesOf(plan, known.slice(0, 2), { claimed: claims, direct }).map(({ receipt }) => receipt),
    ).toEqual(['direct x', 'r2', 'direct e3']);
  });

  it('name the first of many that are missing', () => {
    const many = { sizeBytes: 300, partSizeBytes: 10 };
    expect(() => piecesOf(many, [], { claimed: [], direct: null })).toThrow('19, 20 and 10 more');
  });
});

describe('the fingerprint of a list', () => {
  it('is the same in any order and with quotes, and can be read back', () => {
    const quoted = claimed.toReversed().map(({ partNumber, etag }) => ({ partNumber, etag: `"${etag}"` }));
    expect(fingerprintOf(quoted)).toBe(fingerprintOf(claimed));
    expect(parseFingerprint(fingerprintOf(claimed))).toEqual(claimed);
    expect(parseFingerprint('')).toEqual([]);
  });
});
