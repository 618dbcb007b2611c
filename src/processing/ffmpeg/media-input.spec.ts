import { describe, expect, it } from '@jest/globals';
import { inputOptions, inputUrl, mediaInput } from './media-input.js';

describe('mediaInput', () => {
  it('reads a file only as the container that it was recognised as', () => {
    const input = mediaInput('/media/a b.mp4', 'video/mp4');
    expect(input).toEqual({ path: '/media/a b.mp4', demuxer: 'mov' });
    expect(input && inputUrl(input)).toBe('file:/media/a b.mp4');
    const options = input ? inputOptions(input, { maxPixels: 100 }).join(' ') : '';
    expect(options).toContain('-protocol_whitelist file -format_whitelist mov -f mov -max_pixels 100');
  });

  it.each([
    'application/vnd.apple.mpegurl',
    'application/dash+xml',
    'text/plain',
    'image/jpeg',
    'image/gif',
    'audio/midi',
    '',
  ])('has no input for %j', (contentType) => {
    expect(mediaInput('/media/file', contentType)).toBeNull();
  });
});
