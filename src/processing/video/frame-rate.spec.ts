import { describe, expect, it } from '@jest/globals';
import { parseFraction, toNumber } from '../ffmpeg/index.js';
import { outputFrameRate } from './frame-rate.js';

describe('outputFrameRate', () => {
  it.each([
    ['keeps a standard rate', '25/1', '25/1', 25, '25/1'],
    ['keeps the NTSC rate exactly', '30000/1001', '30000/1001', 29.97, '30000/1001'],
    ['mends a rate that a container rounded', '2997/100', '2997/100', 29.97, '30000/1001'],
    ['keeps film and video apart', '24000/1001', '24000/1001', 23.976, '24000/1001'],
    ['keeps a slow constant rate', '25/2', '25/2', 12.5, '25/2'],
    ['keeps one picture a second', '1/1', '1/1', 1, '1/1'],
    ['halves 120', '120/1', '120/1', 120, '60/1'],
    ['quarters 240', '240/1', '240/1', 240, '60/1'],
    ['halves 119.88', '120000/1001', '120000/1001', 119.88, '60000/1001'],
    ['gives a phone clip of variable rate the next standard rate', '369000/13657', '90000/1', 27, '30/1'],
    ['gives a slow screen recording 30', '5/1', '60/1', 5, '30/1'],
    ['caps a fast variable rate', '75/1', '90000/1', 75, '60/1'],
    ['does not believe a rate that the packets deny', '1000/1', '1000/1', 25, '30/1'],
    ['takes fields for half frames', '25/1', '25/1', 50, '25/1'],
    ['has a rate for what has none', null, null, null, '25/1'],
    ['keeps the rate of a single picture', '24/1', '24/1', null, '24/1'],
  ])('%s', (_, average, nominal, measured, expected) => {
    const rate = outputFrameRate({
      average: parseFraction(average),
      nominal: parseFraction(nominal),
      measured,
    });
    expect(`${rate.num}/${rate.den}`).toBe(expected);
  });

  it('keeps the terms of an odd rate small', () => {
    const average = parseFraction('387068/45465');
    const rate = outputFrameRate({ average, nominal: average, measured: 8.5 });
    expect(rate).toEqual({ num: 8514, den: 1000 });
    expect(toNumber(rate)).toBeCloseTo(8.513, 2);
  });
});
