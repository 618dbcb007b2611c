import { describe, expect, it } from '@jest/globals';
import { parseDocument } from './stream-document.js';

const parse = (stream: object) => parseDocument(JSON.stringify({ streams: [stream] })).streams[0];

describe('parseDocument', () => {
  it('reads numbers whether they are written as such or not', () => {
    const stream = { index: 1, codec_type: 'audio', codec_name: 'aac', sample_rate: '48000', channels: 2 };
    expect(parse(stream)).toMatchObject({
      index: 1,
      type: 'audio',
      codec: 'aac',
      sampleRate: 48_000,
      channels: 2,
    });
    const document = parseDocument('{"format":{"duration":"1.5","start_time":-0.1}}');
    expect(document).toEqual({ claimedSeconds: 1.5, startSeconds: -0.1, streams: [] });
  });

  it('reads the display matrix among other side data', () => {
    const displaymatrix =
      '\n00000000:            0       65536           0\n00000001:       -65536           0           0\n00000002:            0           0  1073741824\n';
    expect(parse({ side_data_list: [{}, { displaymatrix }] })?.displayMatrix).toEqual([
      0, 65_536, -65_536, 0,
    ]);
  });

  it.each([
    ['nothing', {}],
    [
      'nonsense',
      { index: 'x', width: 'NaN', avg_frame_rate: '0/0', tags: 7, side_data_list: 'no', profile: 'unknown' },
    ],
  ])('has a neutral value for %s', (_, stream) => {
    const expected = {
      type: 'data',
      codec: null,
      width: 0,
      averageFrameRate: null,
      rotateTag: null,
      profile: null,
    };
    expect(parse(stream)).toMatchObject({ ...expected, displayMatrix: null, attachedPicture: false });
  });

  it.each(['', 'null x', '{'])('throws on %j', (json) => {
    expect(() => parseDocument(json)).toThrow(SyntaxError);
  });
});
