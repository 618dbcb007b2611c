import { describe, expect, it } from '@jest/globals';
import { assertAllowedType, isAllowedType, isInlineSafe, resolveContentType } from './declared-type.js';
import { kindOf } from './sniff/media-types.js';

const sniffed = (contentType: string) => ({ contentType, kind: kindOf(contentType) });

describe('resolveContentType', () => {
  it.each<[string | undefined, string, string]>([
    [undefined, 'cat.jpg', 'image/png'],
    ['', 'cat.jpg', 'image/png'],
    ['application/octet-stream', 'cat', 'image/png'],
    ['image/png', 'cat', 'image/png'],
    ['Image/PNG; q=1', 'cat', 'image/png'],
    ['image/jpg', 'cat', 'image/jpeg'],
    ['image/apng', 'cat', 'image/png'],
    ['audio/x-wav', 'a', 'audio/wav'],
    ['audio/mp3', 'a', 'audio/mpeg'],
    ['audio/x-m4a', 'a', 'audio/mp4'],
    ['video/x-m4v', 'a', 'video/mp4'],
    ['video/mov', 'a', 'video/quicktime'],
    ['video/matroska', 'a', 'video/x-matroska'],
    ['audio/mp4', 'a', 'video/mp4'],
    ['audio/webm;codecs=opus', 'a', 'video/webm'],
    ['video/ogg', 'a', 'audio/ogg'],
    ['application/ogg', 'a', 'audio/ogg'],
    ['audio/3gpp', 'a', 'video/3gpp'],
    ['image/jpeg', 'IMG_1.JPG', 'image/heic'],
    ['image/jpeg', 'cat.jpg', 'image/png'],
    ['video/mp4', 'clip.mp4', 'video/quicktime'],
    ['audio/mp4', 'clip.m4a', 'video/quicktime'],
    ['image/x-nikon-nef', 'a.nef', 'image/jpeg'],
    ['text/markdown', 'a.md', 'text/plain'],
    ['application/json', 'a.json', 'text/plain'],
    ['text/xml', 'a.xml', 'application/xml'],
    ['application/rss+xml', 'a.rss', 'application/xml'],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'a.docx', 'application/zip'],
  ])('declared %j for %j: what was found, %s, counts', (declared, filename, found) => {
    expect(resolveContentType({ sniffed: sniffed(found), declared, filename })).toEqual(sniffed(found));
  });

  it.each<[string, string | undefined, string]>([
    ['image/jpeg', undefined, 'image/png'],
    ['image/jpeg', 'cat.png', 'image/png'],
    ['image/jpeg', 'cat', 'image/heic'],
    ['image/png', 'a.png', 'text/html'],
    ['image/svg+xml', 'a.svg', 'application/xhtml+xml'],
    ['image/jpeg', 'a.jpg', 'video/mp4'],
    ['video/mp4', 'a.mp4', 'application/vnd.apple.mpegurl'],
    ['video/mp4', 'a.mp4', 'application/x-msdownload'],
    ['video/mp4', 'a.mov', 'video/quicktime'],
    ['video/webm', 'a.mp4', 'video/mp4'],
    ['audio/webm', 'a.mp4', 'video/mp4'],
    ['audio/mpeg', 'a.mp3', 'video/mp4'],
    ['image/png', 'a.png', 'application/pdf'],
    ['text/html', 'a.html', 'image/png'],
    ['application/pdf', 'a.pdf', 'text/html'],
    ['nonsense', 'a', 'image/png'],
    ['constructor', 'a.constructor', 'image/png'],
  ])('declared %s for %j: refuses content that is %s', (declared, filename, found) => {
    expect(() => resolveContentType({ sniffed: sniffed(found), declared, filename })).toThrow(
      expect.objectContaining({ code: 'CONTENT_TYPE_MISMATCH', status: 415 }),
    );
  });

  it('refuses content of no known type', () => {
    expect(() => resolveContentType({ sniffed: null, declared: 'image/png' })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_MEDIA_TYPE', status: 415 }),
    );
  });
});

describe('isAllowedType', () => {
  it.each<[string, string[], boolean]>([
    ['image/png', ['image/*'], true],
    ['image/png', ['IMAGE/*'], true],
    ['image/png', ['image/png'], true],
    ['audio/wav', ['audio/x-wav'], true],
    ['video/mp4', ['image/*', 'application/pdf'], false],
    ['imagery/png', ['image/*'], false],
    ['application/pdf', ['application/pdf'], true],
    ['text/html', ['*/*'], true],
    ['image/png', [], false],
    ['', ['image/*'], false],
  ])('%j on %j: %j', (type, allowed, expected) => {
    expect(isAllowedType(type, allowed)).toBe(expected);
  });

  it('refuses the others with 415', () => {
    expect(() => assertAllowedType('text/html', ['image/*'])).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_MEDIA_TYPE', status: 415 }),
    );
    expect(() => assertAllowedType('image/png', ['image/*'])).not.toThrow();
  });
});

describe('isInlineSafe', () => {
  it.each([
    'image/jpeg',
    'image/avif',
    'IMAGE/PNG',
    'video/mp4',
    'video/x-matroska',
    'audio/mpeg; codecs=mp3',
  ])('lets a browser show %s', (type) => expect(isInlineSafe(type)).toBe(true));

  it.each([
    'image/svg+xml',
    'image/svg',
    'text/html',
    'text/plain',
    'text/vtt',
    'application/xml',
    'application/xhtml+xml',
    'application/pdf',
    'application/javascript',
    'audio/mpegurl',
    'video/x+xml',
    'image/unheard-of',
    'application/octet-stream',
    'video/',
    '',
  ])('makes an attachment of %j', (type) => expect(isInlineSafe(type)).toBe(false));
});
