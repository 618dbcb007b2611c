import { describe, expect, it } from '@jest/globals';
import { idempotencyKeyOf } from './idempotency-key.js';

describe('an Idempotency-Key', () => {
  it.each(['a', '8e03978e-40d5-43dd-bc93-6894a57f9324', '"quoted"', 'with space', '~', 'x'.repeat(255)])(
    'may be %s',
    (key) => expect(idempotencyKeyOf({ 'idempotency-key': key })).toBe(key),
  );

  it.each([
    ['empty', ''],
    ['too long', 'x'.repeat(256)],
    ['not ASCII', 'schlüssel'],
    ['with a control character', 'a\tb'],
  ])('is refused when it is %s', (_, key) => {
    expect(() => idempotencyKeyOf({ 'idempotency-key': key })).toThrow(
      expect.objectContaining({ code: 'IDEMPOTENCY_KEY_INVALID', status: 400 }),
    );
  });

  it('may be absent', () => expect(idempotencyKeyOf({})).toBeNull());
});
