import { describe, expect, it } from '@jest/globals';
import { type HostRule, parseHostRule } from './host-rule.js';

const table: [string, HostRule | null][] = [
  ['*', { kind: 'any' }],
  ['cdn.example.com', { kind: 'name', name: 'cdn.example.com' }],
  ['CDN.Example.COM.', { kind: 'name', name: 'cdn.example.com' }],
  ['minio', { kind: 'name', name: 'minio' }],
  ['my_store.internal', { kind: 'name', name: 'my_store.internal' }],
  ['bücher.example', { kind: 'name', name: 'xn--bcher-kva.example' }],
  ['4chan.example', { kind: 'name', name: '4chan.example' }],
  ['*.example.com', { kind: 'subdomains', of: 'example.com' }],
  ['10.0.0.0/8', { kind: 'network', address: '10.0.0.0', prefixLength: 8 }],
  ['10.1.2.3', { kind: 'network', address: '10.1.2.3', prefixLength: 32 }],
  ['FD00::/8', { kind: 'network', address: 'fd00::', prefixLength: 8 }],
  ['::1', { kind: 'network', address: '::1', prefixLength: 128 }],
  ['0.0.0.0/0', { kind: 'network', address: '0.0.0.0', prefixLength: 0 }],
  ['', null],
  ['*.', null],
  ['*example.com', null],
  ['a.*.example.com', null],
  ['*.10.0.0.0', null],
  ['https://example.com', null],
  ['example.com/path', null],
  ['example.com:8080', null],
  ['user@example.com', null],
  ['two words', null],
  ['-a.example', null],
  ['a..example', null],
  ['10.0.0.0/33', null],
  ['10.0.0.0/', null],
  ['10.0.0.0/8/8', null],
  ['10.0.0.0/-1', null],
  ['10.0.0/8', null],
  ['127.1', null],
  ['0x7f000001', null],
  ['foo.0x1', null],
  ['2130706433', null],
  ['010.0.0.1', null],
  ['fe80::1%eth0', null],
  ['[::1]', null],
  ['::1/129', null],
];

describe('parseHostRule', () => {
  it.each(table)('reads %j', (text, expected) => {
    expect(parseHostRule(text)).toEqual(expected);
  });
});
