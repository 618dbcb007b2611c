import { describe, expect, it } from '@jest/globals';
import { parseMediaPlaylist } from './media-playlist.js';
import { renderMedia } from './render-media.js';

const segment = (number: number, initUri = 'init1.mp4') => ({
  uri: `${number}.m4s`,
  seconds: 4.004,
  initUri,
});
const content = { targetSeconds: 5, segments: [segment(1), segment(2)], ended: false };

describe('renderMedia', () => {
  it('writes what any player reads', () => {
    expect(renderMedia(content).split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-TARGETDURATION:5',
      '#EXT-X-MEDIA-SEQUENCE:1',
      '#EXT-X-PLAYLIST-TYPE:EVENT',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-MAP:URI="init1.mp4"',
      '#EXTINF:4.004000,',
      '1.m4s',
      '#EXTINF:4.004000,',
      '2.m4s',
      '',
    ]);
  });

  it('only ever adds lines at the end while it grows', () => {
    const longer = renderMedia({ ...content, segments: [...content.segments, segment(3)] });
    expect(longer.startsWith(renderMedia(content))).toBe(true);
  });

  it('says when there is no more', () => {
    const text = renderMedia({ ...content, ended: true });
    expect(text).toContain('#EXT-X-PLAYLIST-TYPE:VOD');
    expect(parseMediaPlaylist(text)).toMatchObject({
      ended: true,
      segments: [{ uri: '1.m4s' }, { uri: '2.m4s' }],
    });
  });

  it('says where the key is behind each init segment, which is not encrypted', () => {
    const segments = [segment(1), segment(2), segment(3, 'init2.mp4')];
    const lines = renderMedia({ ...content, segments, keyUri: 'g1.key' }).split('\n');
    expect(lines.slice(lines.indexOf('#EXT-X-MAP:URI="init1.mp4"'), -1)).toEqual([
      '#EXT-X-MAP:URI="init1.mp4"',
      '#EXT-X-KEY:METHOD=AES-128,URI="g1.key"',
      '#EXTINF:4.004000,',
      '1.m4s',
      '#EXTINF:4.004000,',
      '2.m4s',
      '#EXT-X-KEY:METHOD=NONE',
      '#EXT-X-MAP:URI="init2.mp4"',
      '#EXT-X-KEY:METHOD=AES-128,URI="g1.key"',
      '#EXTINF:4.004000,',
      '3.m4s',
    ]);
  });

  it('names another init segment where it begins to hold', () => {
    const segments = [segment(1), segment(2, 'init2.mp4'), segment(3, 'init2.mp4')];
    const lines = renderMedia({ ...content, segments }).split('\n');
    expect(lines.filter((line) => line.startsWith('#EXT-X-MAP'))).toEqual([
      '#EXT-X-MAP:URI="init1.mp4"',
      '#EXT-X-MAP:URI="init2.mp4"',
    ]);
    expect(lines.indexOf('#EXT-X-MAP:URI="init2.mp4"')).toBe(lines.indexOf('2.m4s') - 2);
  });
});
