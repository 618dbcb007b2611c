import { describe, expect, it } from '@jest/globals';
import { isDirect, masterFormat, type RenderableMedia, transformSourceOf } from './renderable.js';

describe('the ways of content types', () => {
  it.each(['image/jpeg', 'image/png', 'image/apng', 'image/webp', 'image/gif', 'image/tiff', 'image/avif'])(
    'derive of %s itself',
    (type) => expect([isDirect(type), masterFormat(type)]).toEqual([true, null]),
  );
  it.each([
    ['image/heic', 'heic'],
    ['image/heif', 'heic'],
    ['image/bmp', 'bmp'],
    ['image/svg+xml', 'svg'],
    ['image/jxl', 'jxl'],
  ])('make a master of %s', (type, format) =>
    expect([isDirect(type), masterFormat(type)]).toEqual([false, format]),
  );
  it.each(['image/x-icon', 'image/heic-sequence', 'image/x-adobe-dng', 'application/pdf', 'constructor'])(
    'leave %s as it is',
    (type) => expect([isDirect(type), masterFormat(type)]).toEqual([false, null]),
  );
});

describe('transformSourceOf', () => {
  const master = { kind: 'master', storageKey: 'm', sizeBytes: 9, width: 2048, height: 1024 };
  const thumbnail = { ...master, kind: 'thumbnail', storageKey: 't' };
  const media = (changes: Partial<RenderableMedia>): RenderableMedia => ({
    contentType: 'image/jpeg',
    storageKey: 'o',
    sizeBytes: 5,
    width: 40,
    height: 20,
    variants: [thumbnail],
    ...changes,
  });

  it('names the original of what libvips decodes', () => {
    expect(transformSourceOf(media({}))).toEqual({ key: 'o', sizeBytes: 5, width: 40, height: 20 });
  });
  it('names the master of what it does not, with the size of the master', () => {
    const drawing = media({ contentType: 'image/svg+xml', variants: [thumbnail, master] });
    expect(transformSourceOf(drawing)).toEqual({ key: 'm', sizeBytes: 9, width: 2048, height: 1024 });
  });
  it.each([
    ['a master is still to be made', { contentType: 'image/heic' }],
    ['the type is kept for download', { contentType: 'image/x-icon' }],
    ['the bytes are not there yet', { storageKey: null }],
    ['the size is not known yet', { width: null }],
  ])('names nothing while %s', (_, changes) => expect(transformSourceOf(media(changes))).toBeNull());
});
