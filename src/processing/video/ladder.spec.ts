import { describe, expect, it } from '@jest/globals';
import { ladderFor } from './ladder.js';

const rungs = [
  { shortSide: 480, bitrateKbps: 1400 },
  { shortSide: 720, bitrateKbps: 2800 },
  { shortSide: 1080, bitrateKbps: 5000 },
];

describe('ladderFor', () => {
  it.each([
    ['full HD', 1920, 1080, ['480p 854x480', '720p 1280x720', '1080p 1920x1080']],
    ['4K, no higher than the ladder', 3840, 2160, ['480p 854x480', '720p 1280x720', '1080p 1920x1080']],
    ['portrait', 1080, 1920, ['480p 480x854', '720p 720x1280', '1080p 1080x1920']],
    ['between two rungs', 1067, 600, ['480p 854x480']],
    ['exactly a rung', 640, 480, ['480p 640x480']],
    ['a line short of a rung', 1918, 1078, ['480p 854x480', '720p 1282x720']],
    ['a square', 720, 720, ['480p 480x480', '720p 720x720']],
    ['smaller than all rungs', 320, 240, ['240p 320x240']],
    ['odd sides', 161, 121, ['120p 160x120']],
    ['cinema', 4096, 1716, ['480p 1146x480', '720p 1718x720', '1080p 2578x1080']],
    ['one pixel', 1, 1, ['2p 2x2']],
    ['a line', 4000, 3, ['2p 2666x2']],
  ])('%s', (_, width, height, expected) => {
    const made = ladderFor({ width, height }, rungs);
    expect(made.map((rung) => `${rung.name} ${rung.width}x${rung.height}`)).toEqual(expected);
  });

  it('takes the bit rates of the configuration, the lowest for what is smaller', () => {
    const bitRates = (side: number) =>
      ladderFor({ width: side, height: side }, rungs).map((rung) => rung.bitrateKbps);
    expect(bitRates(1080)).toEqual([1400, 2800, 5000]);
    expect(bitRates(100)).toEqual([1400]);
  });
});
