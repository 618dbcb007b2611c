import { parse } from 'content-disposition';
import { describe, expect, it } from '@jest/globals';
import { contentDisposition, sanitizeFileName } from './file-name.js';

const long = 'x'.repeat(300);

const table: [string | undefined, string][] = [
  ['Ferien 🏖.jpg', 'Ferien 🏖.jpg'],
  ['写真.png', '写真.png'],
  ['صورة.jpg', 'صورة.jpg'],
  ['👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿.png', '👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿.png'],
  ['cafe\u0301.jpg', 'caf\u00e9.jpg'],
  ['../../../../etc/passwd.jpg', 'passwd.jpg'],
  ['..\\..\\windows\\win.ini.png', 'win.ini.png'],
  ['C:\\Users\\x\\cat.jpg', 'cat.jpg'],
  ['/etc/passwd', 'passwd'],
  ['a/b\\c/d.png', 'd.png'],
  ['a.\u0000/b.png', 'b.png'],
  ['http://127.0.0.1:1/name.jpg', 'name.jpg'],
  ['cat.jpg\u0000.php', 'cat.jpg.php'],
  ['evil\u202egpj.exe', 'evilgpj.exe'],
  ['\u2066a\u2069\u200e\u200f\u061c\u202a\u202c.png', 'a.png'],
  ['a\u2028b\u2029c\u0085d\u007f.png', 'abcd.png'],
  ['a\r\nSet-Cookie: x=1\r\n\r\n.jpg', 'aSet-Cookie: x=1.jpg'],
  ['lone \ud800 surrogate \udc00.png', 'lone  surrogate .png'],
  ['"quoted";\'.jpg', '"quoted";\'.jpg'],
  ['%2e%2e%2fpasswd.jpg', '%2e%2e%2fpasswd.jpg'],
  ['cat.jpg ', 'cat.jpg'],
  ['  cat.jpg. . .', 'cat.jpg'],
  ['.htaccess', '.htaccess'],
  ['-rf.jpg', '-rf.jpg'],
  ['..', 'unnamed'],
  ['.', 'unnamed'],
  ['a/', 'unnamed'],
  [' ', 'unnamed'],
  ['\u202e\u0000', 'unnamed'],
  ['', 'unnamed'],
  [undefined, 'unnamed'],
  [`${long}.jpg`, `${'x'.repeat(251)}.jpg`],
  [long, 'x'.repeat(255)],
  [`${'é'.repeat(150)}.png`, `${'é'.repeat(125)}.png`],
  [`a.${long}`, `a.${'x'.repeat(253)}`],
  [`${'x'.repeat(248)}👩‍👩‍👧.jpg`, `${'x'.repeat(248)}.jpg`],
  [`a${'\u0316'.repeat(300)}.jpg`, 'unnamed.jpg'],
  [`.${long}`, `.${'x'.repeat(254)}`],
];

describe('sanitizeFileName', () => {
  it.each(table)('turns %j into %j', (raw, expected) => {
    expect(sanitizeFileName(raw)).toBe(expected);
  });

  it('is the same when applied again, and never too long, for any name', () => {
    const alphabet = [
      'a',
      '.',
      ' ',
      '/',
      '\\',
      '\0',
      'é',
      'e\u0301',
      '\u0316',
      '\u202e',
      '\ud800',
      '🏖',
      '\u200d',
      '世',
      '\u037e',
    ];
    for (let seed = 1; seed <= 3000; seed += 1) {
      // A linear congruential generator: the same names in every run.
      let state = seed;
      const next = (below: number) => ((state = (state * 48271) % 2147483647), state % below);
      const raw = Array.from(
        { length: next(seed % 10 === 0 ? 600 : 12) },
        () => alphabet[next(alphabet.length)],
      ).join('');
      const once = sanitizeFileName(raw);
      expect(sanitizeFileName(once)).toBe(once);
      expect(Buffer.byteLength(once)).toBeLessThanOrEqual(255);
      expect(once).toMatch(/^[^/\\\p{Cc}\u202e]+$/u);
      expect(once.isWellFormed()).toBe(true);
    }
  });

  it('takes a megabyte of spaces in its stride', () => {
    const started = performance.now();
    expect(sanitizeFileName(`a${' '.repeat(1_000_000)}b`)).toBe('a');
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('contentDisposition', () => {
  it.each(table)('carries %j whole through a header', (raw, expected) => {
    const header = contentDisposition('attachment', raw ?? '');
    expect(header).toMatch(/^attachment; filename[\x20-\x7e]+$/);
    expect(parse(header).parameters['filename']).toBe(expected);
  });

  it('gives old clients a plain name and others the true one', () => {
    expect(contentDisposition('inline', '€.png')).toBe(
      'inline; filename="?.png"; filename*=UTF-8\'\'%E2%82%AC.png',
    );
  });
});
