import { describe, expect, it } from '@jest/globals';
import { redactPath, redactUrl } from './redact-url.js';

describe('redactUrl', () => {
  it.each([
    ['/v1/media?limit=5&tag=a', '/v1/media?limit=5&tag=a'],
    ['/v1/signed/abc.def/media/1/hls/master.m3u8', '/v1/signed/redacted/media/1/hls/master.m3u8'],
    ['/v1/signed/abc?width=3', '/v1/signed/redacted?width=3'],
    ['/v1/media?token=abc&limit=5', '/v1/media?token=redacted&limit=5'],
    ['/v1/media?Access_Token=abc', '/v1/media?Access_Token=redacted'],
    ['/v1/media?%74oken=abc', '/v1/media?%74oken=redacted'],
    ['/v1/media?signature=a=b', '/v1/media?signature=redacted'],
    ['/v1/media?X-Amz-Credential=a', '/v1/media?X-Amz-Credential=redacted'],
    ['/v1/media?%zz=1', '/v1/media?%zz=1'],
  ])('logs %s as %s', (url, logged) => {
    expect(redactUrl(url)).toBe(logged);
  });

  it('keeps no query in a path', () => {
    expect(redactPath('/v1/signed/abc/media/1?a=b')).toBe('/v1/signed/redacted/media/1');
  });
});
