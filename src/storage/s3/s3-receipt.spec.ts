import { describe, expect, it } from '@jest/globals';
import { partNumbers } from './s3-complete.js';
import { formatReceipt, parseReceipt, type S3Receipt } from './s3-receipt.js';

const part: S3Receipt = { kind: 'part', number: 3, reserved: 5, open: true, value: '"0:1"' };
const tail: S3Receipt = { kind: 'tail', number: 0, reserved: 5, open: false, value: 'a:b/pieces/tail-1' };
const piece = (
  number: number,
  receipt: Partial<S3Receipt>,
): { number: number; sizeBytes: number; receipt: S3Receipt } => ({
  number,
  sizeBytes: 1,
  receipt: { ...part, number, reserved: number, ...receipt },
});

describe('receipts of the S3 driver', () => {
  it.each([part, tail])('are read back: %j', (receipt) => {
    expect(parseReceipt(formatReceipt(receipt))).toEqual(receipt);
  });

  it.each(['', 'whole@0', 'part:1', 'other:1:1:x'])('are told from those of others: %j', (receipt) => {
    expect(() => parseReceipt(receipt)).toThrow(expect.objectContaining({ code: 'OBJECT_DISCARDED' }));
  });
});

describe('partNumbers', () => {
  it('puts a tail above all numbers that may be taken', () => {
    expect(partNumbers([piece(1, {}), piece(2, { reserved: 7 }), piece(3, { kind: 'tail' })], 4)).toEqual([
      1, 2, 12,
    ]);
  });

  it('gives a tail one of the last numbers rather than none', () => {
    expect(partNumbers([piece(9998, {}), piece(9999, { kind: 'tail' })], 4)).toEqual([9998, 10_000]);
    expect(() => partNumbers([piece(10_000, {}), piece(10_001, { kind: 'tail' })], 4)).toThrow(
      expect.objectContaining({ code: 'TOO_MANY_PIECES' }),
    );
  });

  it('refuses pieces that are not in the order of their parts', () => {
    expect(() => partNumbers([piece(1, { number: 8 }), piece(2, { number: 7 })], 4)).toThrow(RangeError);
  });
});
