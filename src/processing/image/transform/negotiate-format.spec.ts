import { describe, expect, it } from '@jest/globals';
import { negotiateFormat } from './negotiate-format.js';

describe('negotiateFormat', () => {
  it.each([
    [undefined, 'jpeg', 'png'],
    ['', 'jpeg', 'png'],
    ['*/*', 'jpeg', 'png'],
    ['image/*', 'jpeg', 'png'],
    ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', 'avif', 'avif'],
    ['image/webp,*/*', 'webp', 'webp'],
    ['IMAGE/WebP', 'webp', 'webp'],
    ['image/avif;q=0.1, image/webp', 'webp', 'webp'],
    ['image/avif;q=0, image/webp;q=0', 'jpeg', 'png'],
    ['image/jpeg, image/webp;q=0.5', 'jpeg', 'webp'],
    ['image/png;q=1, image/webp;q=0.5', 'webp', 'png'],
    ['image/webp;q=nonsense', 'jpeg', 'png'],
    ['image/webp;q=2', 'jpeg', 'png'],
    [`${'x'.repeat(100_000)},image/webp`, 'jpeg', 'png'],
  ] as const)('answers %j with %s, with transparency %s', (accept, opaque, transparent) => {
    expect(negotiateFormat(accept, { hasAlpha: false })).toBe(opaque);
    expect(negotiateFormat(accept, { hasAlpha: true })).toBe(transparent);
  });
});
