import { describe, expect, it } from '@jest/globals';
import {
  attemptPrefix,
  derivedPrefix,
  enclosingPrefix,
  uploadKey,
  uploadPrefix,
  variantPrefix,
} from './media-keys.js';
import { assertKey, assertPrefix } from './storage-key.js';

const id = '01990000-0000-7000-8000-0000000000af';
const invalid = expect.objectContaining({ code: 'INVALID_STORAGE_KEY' });

describe('media keys', () => {
  it('spread uploads and media by the random end of their id', () => {
    expect(uploadPrefix(id)).toBe(`originals/af/${id}/`);
    expect(derivedPrefix(id)).toBe(`media/af/${id}/v/`);
  });

  it('put the bytes of an upload below its prefix and variants below that of their media', () => {
    expect(uploadKey(id)).toBe(`originals/af/${id}/original`);
    expect(variantPrefix(id, 'thumbnails-2')).toBe(`media/af/${id}/v/thumbnails-2/`);
  });

  it('are valid keys and prefixes', () => {
    expect(() => assertKey(uploadKey(id))).not.toThrow();
    expect(() => assertPrefix(uploadPrefix(id))).not.toThrow();
    expect(() => assertPrefix(variantPrefix(id, 'a'))).not.toThrow();
  });

  it.each(['', 'abc', '../../etc', id.toUpperCase(), `${id}/..`, `${id}\n`])('refuse the id %j', (bad) => {
    expect(() => uploadPrefix(bad)).toThrow(invalid);
    expect(() => derivedPrefix(bad)).toThrow(invalid);
  });

  it.each(['', '.', 'a/b', '../x', 'a b', 'a\n'])('refuse the attempt %j', (bad) => {
    expect(() => variantPrefix(id, bad)).toThrow(invalid);
  });

  it('tell the attempt that wrote a variant', () => {
    const prefix = variantPrefix(id, 'attempt-1');
    expect(attemptPrefix(`${prefix}480p/segment.m4s`)).toBe(prefix);
    expect(() => attemptPrefix(uploadKey(id))).toThrow(invalid);
  });

  it('tell the prefix that a key lies under', () => {
    expect(enclosingPrefix(uploadKey(id))).toBe(uploadPrefix(id));
    for (const bad of ['original', '/original', '']) expect(() => enclosingPrefix(bad)).toThrow(invalid);
  });
});
