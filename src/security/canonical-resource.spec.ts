import { describe, expect, it } from '@jest/globals';
import { canonicalResource } from './canonical-resource.js';

describe('canonicalResource', () => {
  it.each([
    ['/v1/media/1/stream', '/v1/media/1/stream'],
    ['/v1/media/1/hls/', '/v1/media/1/hls/'],
    ["/v1/a-b._~!$&'()*+,=:@", "/v1/a-b._~!$&'()*+,=:@"],
    ['/v1/a..b/...', '/v1/a..b/...'],
    ['/v1/m/image?', '/v1/m/image'],
    ['/v1/m/image?width=2&fit=cover', '/v1/m/image?fit=cover&width=2'],
    ['/v1/m/image?b=%7e&a=x%20y', '/v1/m/image?a=x+y&b=%7E'],
    ['/v1/m/image?a=x+y', '/v1/m/image?a=x+y'],
    ['/v1/m/image?t=2&t=1&a', '/v1/m/image?a=&t=2&t=1'],
    ['/v1/m?a=%2e%2e%2f?&&', '/v1/m?a=..%2F%3F'],
  ])('spells %s as %s', (resource, expected) => {
    expect(canonicalResource(resource)).toBe(expected);
    expect(canonicalResource(expected)).toBe(expected);
  });

  it.each([
    '',
    '/',
    'v1/media',
    'https://host/v1/media',
    '//host/v1',
    '/v1//media',
    '/v1/media//',
    '/v1/./media',
    '/v1/../media',
    '/v1/media/..',
    '/v1/media/.',
    '/v1/%2e%2e/media',
    '/v1/%2E/media',
    '/v1/a%2fb',
    '/v1/a%5cb',
    '/v1/a%252fb',
    '/v1/%61',
    '/v1/a\\b',
    '/v1/a;b=1',
    '/v1/a b',
    '/v1/a\0',
    '/v1/a\r\nb',
    '/v1/é',
    '/v1/media#fragment',
    '/v1/media?a=1#fragment',
    '/v1/media?a=%',
    '/v1/media?a=%ff',
    '/v1/media?a=\ud800',
  ])('refuses %j', (resource) => {
    expect(() => canonicalResource(resource)).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }));
  });
});
