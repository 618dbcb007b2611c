import { describe, expect, it } from '@jest/globals';
import { sniffContentType } from './sniff-content-type.js';
import { decodeText } from './text-types.js';

const utf16le = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
const typeOf = async (head: string | Buffer) =>
  (await sniffContentType(typeof head === 'string' ? Buffer.from(head) : head))?.contentType;

describe('text types', () => {
  it.each<[string, string | Buffer, string]>([
    ['bare', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
    ['behind a BOM', '\ufeff<svg>', 'image/svg+xml'],
    ['behind spaces', '\n\t <svg width="1">', 'image/svg+xml'],
    ['behind a declaration', '<?xml version="1.0"?><svg>', 'image/svg+xml'],
    ['behind comments', '<!-- <html> --><!-- --><svg>', 'image/svg+xml'],
    ['behind a stylesheet', '<?xml version="1.0"?><?xml-stylesheet href="x"?><svg>', 'image/svg+xml'],
    ['behind a doctype', '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "a>b"><svg>', 'image/svg+xml'],
    ['behind entities', '<!DOCTYPE svg [<!ENTITY a "]>"><!-- \' --><?x ]> ?>]><svg>', 'image/svg+xml'],
    ['with a prefix', '<s:svg xmlns:s="http://www.w3.org/2000/svg">', 'image/svg+xml'],
    ['in UTF-16', utf16le('<?xml version="1.0" encoding="UTF-16"?><svg>'), 'image/svg+xml'],
    [
      'in Latin-1',
      Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><!-- é --><svg>', 'latin1'),
      'image/svg+xml',
    ],
  ])('knows an SVG %s', async (_, head, contentType) => {
    expect(await typeOf(head)).toBe(contentType);
  });

  it.each<[string, string]>([
    ['<!DOCTYPE html><svg onload="alert(1)">', 'text/html'],
    ['<html><svg>', 'text/html'],
    ['<!-- x --><HTML>', 'text/html'],
    ['<script>alert(1)</script>', 'text/html'],
    ['<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', 'application/xhtml+xml'],
    ['<?xml version="1.0"?><!DOCTYPE html><svg>', 'application/xhtml+xml'],
    ['<?xml version="1.0"?><rss/>', 'application/xml'],
    ['<rss version="2.0">', 'application/xml'],
    ['<SVG>', 'application/xml'],
    ['<svgfoo>', 'application/xml'],
    ['<!DOCTYPE svg [', 'application/xml'],
    ['<!DOCTYPE MPD [<!ENTITY x SYSTEM "file:///etc/hostname">]><MPD>', 'application/dash+xml'],
    ['hello <svg>', 'text/plain'],
    ['<!-- never closed <svg>', 'text/plain'],
    ['#EXTM3U\n#EXT-X-VERSION:3', 'application/vnd.apple.mpegurl'],
    ['\ufeff#EXTM3U', 'application/vnd.apple.mpegurl'],
    ['WEBVTT\n\n00:00.000 --> 00:01.000\n<script>', 'text/vtt'],
    ['WEBVTTX', 'text/plain'],
    ['ffconcat version 1.0\nfile x', 'text/plain'],
    ['#!/bin/sh\nid', 'text/plain'],
    ['Grüße, 世界 🏖', 'text/plain'],
  ])('sees %j as %s', async (text, contentType) => {
    expect(await typeOf(text)).toBe(contentType);
  });

  it.each<[string, Buffer]>([
    ['a NUL', Buffer.from('abc\0def')],
    ['a control', Buffer.from('abc\x01')],
    ['broken UTF-8', Buffer.from([0x61, 0xff, 0x62])],
    ['UTF-16 without a mark', Buffer.from('abc', 'utf16le')],
    ['nothing but a mark', Buffer.from([0xef, 0xbb, 0xbf])],
  ])('does not take %s for text', (_, head) => {
    expect(decodeText(head)).toBeNull();
  });

  it('takes text whose last character the head cuts', () => {
    expect(decodeText(Buffer.from('Grüße 世').subarray(0, -1))).toBe('Grüße ');
  });
});
