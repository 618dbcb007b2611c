import { describe, expect, it } from '@jest/globals';
import { codecString } from './codec-string.js';

const box = (type: string, hex: string) =>
  Buffer.concat([Buffer.from(`init${type}`, 'latin1'), Buffer.from(hex, 'hex')]);

describe('codecString', () => {
  it('reads profile, constraints and level of AVC', () => {
    expect(codecString(box('avcC', '01640028ffe1'))).toBe('avc1.640028');
  });

  it.each([
    ['long lengths', '00000000 03808080 22 000200 04808080 14 4015000000 00000000 00000000 05808080 02 1190'],
    ['short lengths', '00000000 03 19 000200 04 11 4015000000 00000000 00000000 05 02 1190'],
  ])('reads the object type of AAC-LC, %s', (_, hex) => {
    expect(codecString(box('esds', hex.replaceAll(' ', '')))).toBe('mp4a.40.2');
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another codec', box('hvcC', '0164002800')],
    ['a box that is cut off', box('avcC', '0164')],
    ['an audio box that is cut off', box('esds', '00000000038080')],
  ])('is null for %s', (_, init) => {
    expect(codecString(init)).toBeNull();
  });
});
