import { describe, expect, it } from '@jest/globals';
import { parseMediaPlaylist } from './media-playlist.js';

describe('parseMediaPlaylist', () => {
  it('reads segments, their lengths, the init segment and the end', () => {
    const text = [
      '#EXTM3U',
      '#EXT-X-TARGETDURATION:4',
      '#EXT-X-MAP:URI="init.mp4"',
      '#EXTINF:4.004000,',
      '00001.m4s',
      '#EXTINF:1.5,a title',
      '00002.m4s',
      '#EXT-X-ENDLIST',
      '',
    ];
    const expected = {
      targetSeconds: 4,
      initUri: 'init.mp4',
      segments: [
        { uri: '00001.m4s', seconds: 4.004 },
        { uri: '00002.m4s', seconds: 1.5 },
      ],
      ended: true,
    };
    expect(parseMediaPlaylist(text.join('\n'))).toEqual(expected);
    expect(parseMediaPlaylist(text.join('\r\n'))).toEqual(expected);
  });

  it('finds nothing in what is no playlist', () => {
    expect(parseMediaPlaylist('')).toEqual({ targetSeconds: 0, initUri: null, segments: [], ended: false });
  });
});
