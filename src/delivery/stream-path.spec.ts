import { describe, expect, it } from '@jest/globals';
import { parseStreamPath } from './stream-path.js';

describe('parseStreamPath', () => {
  it.each([
    ['master.m3u8', { kind: 'master' }],
    ['720p/index.m3u8', { kind: 'playlist', rendition: '720p' }],
    ['720p/g2-00041.m4s', { kind: 'segment', rendition: '720p', generation: 2, number: 41 }],
    ['720p/g2.key', { kind: 'key', rendition: '720p', generation: 2 }],
    ['audio/g1-init1.mp4', { kind: 'init', rendition: 'audio', generation: 1, number: 1 }],
    ['audio-2/g1-100000.m4s', { kind: 'segment', rendition: 'audio-2', generation: 1, number: 100_000 }],
  ])('reads %s', (path, expected) => {
    expect(parseStreamPath(path)).toEqual(expected);
  });

  it.each([
    '',
    'index.m3u8',
    '../720p/index.m3u8',
    '720p/../index.m3u8',
    '720p/g1-1.m4s',
    '720p/g1-00001.m4s/x',
    '720p/g-00001.m4s',
    '720p/g.key',
    'g1.key',
    '720p/00001.m4s',
    'P/index.m3u8',
  ])('knows no %s', (path) => {
    expect(parseStreamPath(path)).toBeNull();
  });
});
