import { describe, expect, it } from '@jest/globals';
import { assertSlot, piecesInOrder, piecesPrefix, totalBytes } from './assembly-pieces.js';

const slot = { number: 1, offset: 0, sizeBytes: 1, attempt: 'a-1', exclusive: true };
const piece = (number: number, sizeBytes = 1): { number: number; sizeBytes: number; receipt: string } => ({
  number,
  sizeBytes,
  receipt: 'x',
});

describe('piecesPrefix', () => {
  it('lies beside the key', () => {
    expect(piecesPrefix('originals/ab/1/original')).toBe('originals/ab/1/pieces/');
  });

  it.each(['original', 'a/pieces', '../a/b', 'a//b', ''])('refuses %j', (key) => {
    expect(() => piecesPrefix(key)).toThrow(expect.objectContaining({ code: 'INVALID_STORAGE_KEY' }));
  });
});

describe('assertSlot', () => {
  it('takes a place', () => {
    expect(() => assertSlot(slot)).not.toThrow();
  });

  it.each([
    { number: 0 },
    { number: 1.5 },
    { offset: -1 },
    { offset: Number.MAX_SAFE_INTEGER },
    { sizeBytes: 0 },
    { sizeBytes: Number.NaN },
    { attempt: '../a' },
    { attempt: 'A' },
    { attempt: '' },
    { attempt: 'a'.repeat(101) },
  ])('refuses %j', (change) => {
    expect(() => assertSlot({ ...slot, ...change })).toThrow();
  });
});

describe('piecesInOrder', () => {
  it('sorts by number and leaves empty pieces out', () => {
    const ordered = piecesInOrder([piece(10), piece(2), piece(3, 0), piece(1)]);
    expect(ordered.map(({ number }) => number)).toEqual([1, 2, 10]);
    expect(totalBytes(ordered)).toBe(3);
  });

  it.each([
    ['no pieces', []],
    ['no bytes', [piece(1, 0)]],
    ['a number twice', [piece(1), piece(1)]],
  ])('refuses %s', (_case, pieces) => {
    expect(() => piecesInOrder(pieces)).toThrow(RangeError);
  });
});
