import { describe, expect, it } from '@jest/globals';
import { assertKey, assertPrefix, assertRange } from './storage-key.js';

describe('assertKey', () => {
  it.each([
    ['a segment', 'a'],
    ['several segments', 'media/ab/0198/original'],
    ['dots that do not begin a segment', 'a.b/c..d'],
    ['any script', 'ä/日本/🏖'],
    ['what URLs would escape', 'a b/%2e/?#&+'],
    ['512 bytes', `${'a'.repeat(255)}/${'b'.repeat(254)}/c`],
    ['a segment of 255 bytes', 'a'.repeat(255)],
  ])('accepts %s', (_case, key) => {
    expect(() => assertKey(key)).not.toThrow();
  });

  it.each([
    ['nothing', ''],
    ['the parent', '..'],
    ['the parent within', 'a/../b'],
    ['the parent at the end', 'a/..'],
    ['the directory itself', './a'],
    ['a hidden name', 'a/.tmp'],
    ['an absolute path', '/a'],
    ['an empty segment', 'a//b'],
    ['a slash at the end', 'a/'],
    ['a backslash', 'a\\b'],
    ['NUL', 'a\0b'],
    ['a line break', 'a\nb'],
    ['DEL', 'a\u007fb'],
    ['half a surrogate pair', 'a\ud800b'],
    ['more than 512 bytes', `${'a/'.repeat(256)}b`],
    ['more than 512 bytes in fewer characters', 'ä/'.repeat(171) + 'b'],
    ['a segment of 256 bytes', 'a'.repeat(256)],
    ['a segment of 256 bytes in fewer characters', 'ä'.repeat(128)],
  ])('refuses %s', (_case, key) => {
    expect(() => assertKey(key)).toThrow(expect.objectContaining({ code: 'INVALID_STORAGE_KEY' }));
  });

  it('does not repeat the key to the client', () => {
    expect(() => assertKey('secret\\')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});

describe('assertPrefix', () => {
  it.each(['a/', 'a/b/'])('accepts %j', (prefix) => {
    expect(() => assertPrefix(prefix)).not.toThrow();
  });

  it.each(['', '/', 'a', 'a//', '../', '.tmp/'])('refuses %j', (prefix) => {
    expect(() => assertPrefix(prefix)).toThrow(expect.objectContaining({ code: 'INVALID_STORAGE_KEY' }));
  });
});

describe('assertRange', () => {
  it.each([
    [0, 0],
    [5, 9],
    [0, Number.MAX_SAFE_INTEGER],
  ])('accepts %d to %d', (start, end) => {
    expect(() => assertRange({ start, end })).not.toThrow();
  });

  it.each([
    [1, 0],
    [-1, 5],
    [0.5, 5],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
  ])('refuses %d to %d', (start, end) => {
    expect(() => assertRange({ start, end })).toThrow(
      expect.objectContaining({ code: 'OBJECT_RANGE_INVALID' }),
    );
  });
});
