import { describe, expect, it } from '@jest/globals';
import { UUID_PATTERN } from './ids.js';
import { requestIdFrom } from './request-id.js';

describe('requestIdFrom', () => {
  it.each([
    'a',
    'Root=1-67891233-abcdef012345678912345678',
    '550e8400-e29b-41d4-a716-446655440000',
    'x'.repeat(128),
  ])('keeps %s', (header) => {
    expect(requestIdFrom(header)).toBe(header);
  });

  it.each([undefined, '', 'x'.repeat(129), 'a b', 'a\nb', '"><script>', 'ümlaut', ['a', 'b']])(
    'makes a new id instead of %j',
    (header) => {
      expect(requestIdFrom(header)).toMatch(UUID_PATTERN);
    },
  );
});
