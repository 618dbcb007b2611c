import { describe, expect, it } from '@jest/globals';
import { isCrop, resolveCrop } from './crop-box.js';

const size = { width: 400, height: 200 };

describe('resolveCrop', () => {
  it.each([
    ['10,20,30,40', [10, 20, 30, 40]],
    ['0.25,0.5,0.5,0.25', [100, 100, 200, 50]],
    ['0,0,1.0,1.0', [0, 0, 400, 200]],
    ['0,0,1,1', [0, 0, 1, 1]],
    ['100,.5,.25,10', [100, 100, 100, 10]],
    ['390,190,100,100', [390, 190, 10, 10]],
    ['399,199,0.001,0.001', [399, 199, 1, 1]],
  ])('%s', (crop, [left, top, width, height]) => {
    expect(isCrop(crop)).toBe(true);
    expect(resolveCrop(crop, size)).toEqual({ left, top, width, height });
  });

  it.each(['400,0,1,1', '0,200,1,1', '1.0,0,1,1'])('finds nothing at %s', (crop) => {
    expect(resolveCrop(crop, size)).toBeNull();
  });
});

describe('isCrop', () => {
  it.each([
    '',
    '1,2,3',
    '1,2,3,4,5',
    '-1,0,1,1',
    '0,0,0,10',
    '0,0,10,0',
    '0,0,10,0.0',
    '0,0,1.5,1',
    'a,b,c,d',
    '1e3,0,1,1',
    ' 1,1,1,1',
    '1234567,0,1,1',
  ])('refuses %j', (crop) => expect(isCrop(crop)).toBe(false));
});
