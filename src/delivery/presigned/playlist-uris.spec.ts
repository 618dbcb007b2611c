import { describe, expect, it } from '@jest/globals';
import { playlistUris, replaceUris } from './playlist-uris.js';

const text = [
  '#EXTM3U',
  '#EXT-X-MAP:URI="init.mp4"',
  '#EXT-X-KEY:METHOD=AES-128,URI="g1.key"',
  '#EXTINF:4.000000,',
  '#EXT-X-BYTERANGE:100@0',
  '1.m4s',
  '#EXTINF:4.000000,',
  '2.m4s',
  '#EXT-X-ENDLIST',
  '',
].join('\n');

describe('the URIs of a playlist', () => {
  it('are those of its files, and not of its keys', () => {
    expect(playlistUris(text)).toEqual(['init.mp4', '1.m4s', '2.m4s']);
    expect(playlistUris('#EXTM3U\n')).toEqual([]);
  });

  it('are replaced where there is another one, and nothing else is touched', () => {
    const replaced = replaceUris(
      text,
      new Map([
        ['init.mp4', 'https://bucket/i?a=$&'],
        ['1.m4s', 'https://bucket/1'],
        ['g1.key', 'https://bucket/key'],
      ]),
    );
    expect(replaced).toBe(
      text.replace('init.mp4', () => 'https://bucket/i?a=$&').replace('1.m4s', 'https://bucket/1'),
    );
  });
});
