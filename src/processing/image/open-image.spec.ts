import { describe, expect, it } from '@jest/globals';
import { imageErrors } from './image.errors.js';
import { toImageError } from './open-image.js';

describe('toImageError', () => {
  it.each([
    ['Input image exceeds pixel limit', 'IMAGE_TOO_LARGE'],
    ['timeout: 42% complete', 'IMAGE_TIMEOUT'],
    ['timeout: 100% complete\nwebpsave: unable to encode\nsystem error: Unknown error -1', 'IMAGE_TIMEOUT'],
    ['Input file contains unsupported image format', 'IMAGE_UNSUPPORTED'],
    ['VipsJpeg: premature end of JPEG image', 'IMAGE_CORRUPT'],
    ['VipsJpeg: premature end of JPEG image\nvips2png: unable to write to target target', 'IMAGE_CORRUPT'],
  ])('gives "%s" a code and keeps the text inside', (message, code) => {
    const cause = new Error(message);
    expect(toImageError(cause)).toMatchObject({ code, cause });
    expect(String(toImageError(cause))).not.toContain(message);
  });

  it.each([
    'Input file is missing: /x',
    '/x.jpg: write error\nsystem error: No space left on device\nVipsJpeg: unable to write to target',
    '/x.webp: unable to open for write\nsystem error: No such file or directory',
  ])('leaves "%s" to be retried', (message) => {
    const cause = new Error(message);
    expect(toImageError(cause)).toBe(cause);
  });

  it('leaves failures that have a code', () => {
    const failure = imageErrors.IMAGE_UNSAFE();
    expect(toImageError(failure)).toBe(failure);
  });
});
