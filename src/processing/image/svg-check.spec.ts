import { describe, expect, it } from '@jest/globals';
import { svgUseBomb } from '../../../test/fixtures/image-bytes.js';
import { checkSvg, decodeXml, maxSvgBytes } from './svg-check.js';

const check = (xml: string | Buffer) => checkSvg(Buffer.from(xml as string), 1_000_000);
const svg = (attributes: string, content = '') => `<svg ${attributes}>${content}</svg>`;
const chain = (links: number) =>
  Array.from({ length: links }, (_, i) => `<g id="g${i + 1}"><use href="#g${i}"/></g>`).join('');

describe('checkSvg', () => {
  it.each([
    ['pixels', svg('width="20" height="10"'), { width: 20, height: 10 }],
    ['units', svg('width="1in" height="72pt"'), { width: 96, height: 96 }],
    ['the view box', svg('viewBox="0 0 30 40"'), { width: 30, height: 40 }],
    ['percentages over a view box', svg('width="100%" viewBox="0, 0, 30, 40"'), { width: 30, height: 40 }],
    ['nothing', svg(''), null],
    [
      'a prefixed root behind a prolog',
      `<?xml version="1.0"?><!-- <html> --><s:svg width='1' height='1'/>`,
      { width: 1, height: 1 },
    ],
  ])('reads the size from %s', (_, xml, size) => {
    expect(check(xml)).toEqual(size);
  });

  it.each([
    ['scripts', svg('onload="x()"', '<script>run()</script>')],
    [
      'external references',
      svg('', '<image href="http://127.0.0.1/x.png"/><use href="http://127.0.0.1/s.svg#a"/>'),
    ],
    [
      'plain namespace entities',
      `<!DOCTYPE svg [<!ENTITY ns_svg "http://www.w3.org/2000/svg">]>${svg('xmlns="&ns_svg;"')}`,
    ],
    ['an apostrophe in a document type', `<!DOCTYPE svg [<!-- it's > plain -->]>${svg('')}`],
    ['markup in CDATA', svg('', '<style><![CDATA[ a > b { } <x ]]></style>')],
    ['a modest chain of references', svg('', `<rect id="g0"/>${chain(50)}<use href="#g50"/>`)],
    ['UTF-16', Buffer.from(`\uFEFF${svg('width="1" height="1"')}`, 'utf16le')],
  ])('lets %s pass, for download', (_, xml) => {
    expect(() => check(xml)).not.toThrow();
  });

  it.each([
    ['a giant viewport', svg('width="10000000" height="10000000"'), 'IMAGE_TOO_LARGE'],
    ['a giant view box', svg('viewBox="0 0 1e6 1e6"'), 'IMAGE_TOO_LARGE'],
    ['too many elements', svg('', '<a/>'.repeat(100_001)), 'IMAGE_TOO_LARGE'],
    ['too many bytes', Buffer.alloc(maxSvgBytes + 1, ' '), 'IMAGE_TOO_LARGE'],
    [
      'an external entity',
      `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>${svg('')}`,
      'IMAGE_UNSAFE',
    ],
    ['nested entities', `<!DOCTYPE svg [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]>${svg('')}`, 'IMAGE_UNSAFE'],
    ['parameter entities', `<!DOCTYPE svg [<!ENTITY % a "x">]>${svg('')}`, 'IMAGE_UNSAFE'],
    ['a long entity', `<!DOCTYPE svg [<!ENTITY a "${'x'.repeat(300)}">]>${svg('')}`, 'IMAGE_UNSAFE'],
    ['multiplying references', svgUseBomb(), 'IMAGE_UNSAFE'],
    [
      'references to themselves',
      svg('', '<g id="a"><use xlink:href="#a"/></g><use href="#a"/>'),
      'IMAGE_UNSAFE',
    ],
    ['a long chain of references', svg('', `${chain(500)}<use href="#g500"/>`), 'IMAGE_UNSAFE'],
    ['a hidden reference', svg('', '<use href="&#35;a"/>'), 'IMAGE_UNSAFE'],
    ['deep nesting', svg('', '<g>'.repeat(1000)), 'IMAGE_UNSAFE'],
    ['an encoding that hides markup', `<?xml version="1.0" encoding="UTF-7"?>${svg('')}`, 'IMAGE_UNSAFE'],
    ['XHTML', '<html xmlns="http://www.w3.org/1999/xhtml"></html>', 'IMAGE_CORRUPT'],
    ['an open tag', '<svg width="1', 'IMAGE_CORRUPT'],
    ['no markup', 'svg', 'IMAGE_CORRUPT'],
    ['a negative size', svg('width="-1" height="1"'), 'IMAGE_CORRUPT'],
  ])('refuses %s', (_, xml, code) => {
    expect(() => check(xml)).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    ['quotes that never close', '<a "'.repeat(1_000_000)],
    ['one endless tag', `<svg ${'a'.repeat(4_000_000)}`],
    ['attributes without values', `<svg ${'a '.repeat(2_000_000)}>`],
    ['comments that never close', '<!--'.repeat(1_000_000)],
  ])('judges %s in linear time', (_, xml) => {
    const start = performance.now();
    try {
      check(xml);
    } catch {
      // Either answer is fine; only the time matters.
    }
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('decodeXml', () => {
  const text = '<svg>café</svg>';
  it.each<[string, Buffer]>([
    ['UTF-8', Buffer.from(text)],
    ['UTF-16 by its mark', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-16 with the greater byte first', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
    [
      'a declared single-byte encoding',
      Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${text}`, 'latin1'),
    ],
  ])('reads %s', (_, bytes) => expect(decodeXml(bytes)).toContain('<svg>café</svg>'));

  it.each(['UTF-7', 'iso-8859-99', 'x"'])('refuses an encoding named %s', (encoding) => {
    const bytes = Buffer.from(`<?xml version="1.0" encoding='${encoding}'?>${text}`);
    expect(() => decodeXml(bytes)).toThrow(expect.objectContaining({ code: 'IMAGE_UNSAFE' }));
  });
});
