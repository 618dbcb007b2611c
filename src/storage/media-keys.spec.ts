import { describe, expect, it } from '@jest/globals';
import { attemptPrefix, mediaPrefix, originalKey, variantPrefix } from './media-keys.js';
import { assertKey, assertPrefix } from './storage-key.js';

const id = '01990000-0000-7000-8000-0000000000af';
const invalid = expect.objectContaining({ code: 'INVALID_STORAGE_KEY' });

describe('media keys', () => {
  it('spread media by the random end of their id', () => {
    expect(mediaPrefix(id)).toBe(`media/af/${id}/`);
  });

  it('put originals and variants below the prefix of their media', () => {
    expect(originalKey(id)).toBe(`media/af/${id}/original`);
    expect(variantPrefix(id, 'thumbnails-2')).toBe(`media/af/${id}/v/thumbnails-2/`);
  });

  it('are valid keys and prefixes', () => {
    expect(() => assertKey(originalKey(id))).not.toThrow();
    expect(() => assertPrefix(variantPrefix(id, 'a'))).not.toThrow();
  });

  it.each(['', 'abc', '../../etc', id.toUpperCase(), `${id}/..`, `${id}\n`])('refuse the id %j', (bad) => {
    expect(() => mediaPrefix(bad)).toThrow(invalid);
  });

  it.each(['', '.', 'a/b', '../x', 'a b', 'a\n'])('refuse the attempt %j', (bad) => {
    expect(() => variantPrefix(id, bad)).toThrow(invalid);
  });

  it('tell the attempt that wrote a variant', () => {
    const prefix = variantPrefix(id, 'attempt-1');
    expect(attemptPrefix(`${prefix}480p/segment.m4s`)).toBe(prefix);
    expect(() => attemptPrefix(originalKey(id))).toThrow(invalid);
  });
});
