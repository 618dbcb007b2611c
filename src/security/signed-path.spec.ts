import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { signedTokenOf, unwrapSignedPath } from './signed-path.js';

function requestOf(url: string, method = 'GET'): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), { url, method });
}

describe('unwrapSignedPath', () => {
  it.each([
    ['/v1/signed/tok/media/1/download', '/v1/media/1/download'],
    [
      '/v1/signed/tok/media/1/resize?width=9&x=/v1/signed/a/media/b',
      '/v1/media/1/resize?width=9&x=/v1/signed/a/media/b',
    ],
    ['/v1/signed/tok/media/1/hls/720p/index.m3u8', '/v1/media/1/hls/720p/index.m3u8'],
    ['/v1/signed/tok/media/', '/v1/media/'],
  ])('takes the token out of %s', (url, routed) => {
    const request = requestOf(url);
    expect(unwrapSignedPath(request)).toBe(routed);
    expect(signedTokenOf(request)).toBe('tok');
  });

  it.each([
    '/v1/media/1/download',
    '/v1/signed/media/1/download',
    '/v1/signed//media/1/download',
    '/v1/signed/tok/stats/users/alice',
    '/v1/signed/tok/admin/status',
    '/v1/signed/tok/media',
    '/v1/signed/tok?x=/media/1',
    '/x/v1/signed/tok/media/1',
    '/v1/signed/tok/other/media/1',
    '/',
    '',
  ])('leaves %s alone', (url) => {
    const request = requestOf(url);
    expect(unwrapSignedPath(request)).toBe(url);
    expect(signedTokenOf(request)).toBeNull();
  });

  it('knows HEAD as reading', () => {
    expect(unwrapSignedPath(requestOf('/v1/signed/tok/media/1/download', 'HEAD'))).toBe(
      '/v1/media/1/download',
    );
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('opens nothing for %s', (method) => {
    const request = requestOf('/v1/signed/tok/media/1', method);
    expect(unwrapSignedPath(request)).toBe('/v1/signed/tok/media/1');
    expect(signedTokenOf(request)).toBeNull();
  });

  it('keeps the tokens of requests apart', () => {
    const [a, b] = [requestOf('/v1/signed/aaa/media/1/x'), requestOf('/v1/signed/bbb/media/1/x')];
    unwrapSignedPath(a);
    unwrapSignedPath(b);
    expect([signedTokenOf(a), signedTokenOf(b)]).toEqual(['aaa', 'bbb']);
  });
});
