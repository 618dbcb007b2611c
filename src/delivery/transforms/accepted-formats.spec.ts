import { describe, expect, it } from '@jest/globals';
import { acceptedFormats } from './accepted-formats.js';

const chrome = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8';

describe('acceptedFormats', () => {
  it.each([
    ['a browser that knows all', chrome, false, ['avif', 'webp', 'jpeg']],
    ['the same, of a picture with alpha', chrome, true, ['avif', 'webp', 'png']],
    ['an older one', 'image/webp,*/*', false, ['webp', 'jpeg']],
    ['none by name', 'image/*,*/*;q=0.8', false, ['jpeg']],
    ['none by name, with alpha', '*/*', true, ['png']],
    ['no header', undefined, false, ['jpeg']],
    ['one that prefers WebP', 'image/avif;q=0.5,image/webp', false, ['webp', 'avif', 'jpeg']],
    ['one that prefers JPEG', 'image/avif;q=0.5,image/jpeg', false, ['jpeg', 'avif']],
    ['one that refuses AVIF', 'image/avif;q=0,image/webp', false, ['webp', 'jpeg']],
    ['a weight that is none', 'image/avif;q=2,image/webp;q=x', false, ['jpeg']],
    ['capitals and spaces', 'IMAGE/AVIF ; Q=0.9 , Image/WebP', false, ['webp', 'avif', 'jpeg']],
  ])('%s', (_name, accept, hasAlpha, formats) => {
    expect(acceptedFormats(accept, { hasAlpha, moves: false })).toEqual(formats);
  });

  it('keeps what moves moving', () => {
    const film = { hasAlpha: true, moves: true };
    expect(acceptedFormats(chrome, film)).toEqual(['webp', 'gif']);
    expect(acceptedFormats('image/avif,*/*', film)).toEqual(['gif']);
  });
});
