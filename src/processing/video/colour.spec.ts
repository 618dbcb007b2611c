import { describe, expect, it } from '@jest/globals';
import { colourOf, tonemapFilter } from './colour.js';

const untagged = { transfer: null, matrix: null, range: null, height: 1080 };

describe('colourOf', () => {
  it.each([
    ['untagged HD', untagged, { hdr: null, matrix: 'bt709', fullRange: false }],
    ['untagged SD', { ...untagged, height: 480 }, { hdr: null, matrix: 'bt601', fullRange: false }],
    ['SD tagged as HD', { ...untagged, height: 480, matrix: 'bt709' }, { matrix: 'bt709' }],
    ['HD tagged as SD', { ...untagged, matrix: 'smpte170m' }, { matrix: 'bt601' }],
    ['full range', { ...untagged, range: 'pc' }, { fullRange: true }],
    [
      'HDR10',
      { ...untagged, transfer: 'smpte2084', matrix: 'bt2020nc' },
      { hdr: 'smpte2084', matrix: 'bt2020' },
    ],
    ['HLG', { ...untagged, transfer: 'arib-std-b67' }, { hdr: 'arib-std-b67' }],
  ])('%s', (_, tags, expected) => {
    expect(colourOf(tags)).toMatchObject(expected);
  });
});

describe('tonemapFilter', () => {
  it('scales before it works on floats, and ends in BT.709', () => {
    const filters = tonemapFilter('smpte2084', { width: 640, height: 360 }).split(',');
    expect(filters[0]).toMatch(/^zscale=w=640:h=360:tin=smpte2084:/);
    expect(filters.at(-2)).toBe('zscale=t=bt709:m=bt709:r=tv');
  });
});
