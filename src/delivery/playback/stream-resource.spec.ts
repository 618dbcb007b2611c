import { describe, expect, it } from '@jest/globals';
import { streamResource } from './stream-resource.js';

describe('streamResource', () => {
  it.each([
    ['/v1/media/a/playback', '/v1/media/a/hls/playback'],
    ['/v1/media/a/dash/manifest.mpd', '/v1/media/a/hls/dash/manifest.mpd'],
    ['/v1/media/a/storyboard/sheet-1.jpg', '/v1/media/a/hls/storyboard/sheet-1.jpg'],
    ['/v1/media/a/thumbnail?size=large', '/v1/media/a/hls/thumbnail?size=large'],
    ['/v1/media/a/captions', '/v1/media/a/hls/captions'],
    ['/v1/media/a/captions/de', '/v1/media/a/hls/captions/de'],
  ])('takes %s as a companion of the stream', (url, resource) => {
    expect(streamResource(url)).toBe(resource);
  });

  it.each([
    '/v1/media/a/download',
    '/v1/media/a/stream',
    '/v1/media/a/image?width=10',
    '/v1/media/a/thumbnails',
    '/v1/media/a/captions/de/other',
    '/v1/media/a/captionsx',
    '/v1/media/a/storyboard/../download',
    '/v1/media/a/b/playback',
    '/v1/media/a',
  ])('takes %s as it is', (url) => {
    expect(streamResource(url)).toBeNull();
  });
});
