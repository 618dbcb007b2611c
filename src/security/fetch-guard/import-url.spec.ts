import { describe, expect, it } from '@jest/globals';
import { parseImportUrl, redirectTarget } from './import-url.js';

describe('parseImportUrl', () => {
  it.each([
    ['https://example.com/a.jpg?x=1#part', 'https://example.com/a.jpg?x=1'],
    ['HTTP://EXAMPLE.com:80', 'http://example.com/'],
    ['http://example.com:8080/', 'http://example.com:8080/'],
    ['https://bücher.example/ü', 'https://xn--bcher-kva.example/%C3%BC'],
    ['http://2130706433/', 'http://127.0.0.1/'],
    ['http://0177.0.0.1/', 'http://127.0.0.1/'],
    ['http://0x7f.1/', 'http://127.0.0.1/'],
    ['http://0x7f000001./', 'http://127.0.0.1/'],
    ['http://127.1/', 'http://127.0.0.1/'],
    ['http://127.0.0.1/', 'http://127.0.0.1/'],
    ['http://①②⑦.0.0.1/', 'http://127.0.0.1/'],
    ['http://[::FFFF:127.0.0.1]/', 'http://[::ffff:7f00:1]/'],
    ['http:\\\\127.0.0.1\\', 'http://127.0.0.1/'],
  ])('reads %s', (text, href) => {
    expect(parseImportUrl(text).href).toBe(href);
  });

  it.each([
    '',
    'example.com/a.jpg',
    '/a.jpg',
    '//example.com/a.jpg',
    'ftp://example.com/a.jpg',
    'file:///etc/passwd',
    'data:image/png;base64,AA==',
    'blob:https://example.com/x',
    'javascript:alert(1)',
    'gopher://example.com/',
    'http://',
    'http://a b/',
    'http://256.0.0.1/',
    'http://[::1',
    'http://[fe80::1%25eth0]/',
    'http://user@example.com/',
    'http://user:secret@example.com/',
    'http://:secret@example.com/',
    'http://example.com:99999/',
    `http://example.com/${'a'.repeat(8192)}`,
  ])('refuses %.60s', (text) => {
    expect(() => parseImportUrl(text)).toThrow(
      expect.objectContaining({ code: 'IMPORT_URL_INVALID', status: 400 }),
    );
  });

  it.each([0, 22, 25, 6379, 11211])('forbids port %d', (port) => {
    expect(() => parseImportUrl(`http://example.com:${port}/`)).toThrow(
      expect.objectContaining({ code: 'IMPORT_URL_FORBIDDEN', status: 422 }),
    );
  });
});

describe('redirectTarget', () => {
  it.each([
    ['http://a.example/x/y', '/z', 'http://a.example/z'],
    ['http://a.example/x/y', 'z?q#f', 'http://a.example/x/z?q'],
    ['http://a.example/', '//b.example/z', 'http://b.example/z'],
    ['http://a.example/', 'https://b.example/', 'https://b.example/'],
    ['https://a.example/', 'https://b.example/', 'https://b.example/'],
    ['http://a.example/', 'http://0x7f000001/', 'http://127.0.0.1/'],
  ])('from %s by %s leads to %s', (from, location, href) => {
    expect(redirectTarget(new URL(from), location).href).toBe(href);
  });

  it.each([
    ['https://a.example/', 'http://a.example/', 'https to http'],
    ['http://a.example/', 'file:///etc/passwd', undefined],
    ['http://a.example/', 'ftp://b.example/', undefined],
    ['http://a.example/', 'http://user:pass@b.example/', undefined],
    ['http://a.example/', 'http://b.example:22/', undefined],
    ['http://a.example/', 'http://[', undefined],
  ])('from %s never follows %s', (from, location, detail = 'The source redirects to a URL') => {
    expect(() => redirectTarget(new URL(from), location)).toThrow(
      expect.objectContaining({ code: 'IMPORT_URL_FORBIDDEN', message: expect.stringContaining(detail) }),
    );
  });
});
