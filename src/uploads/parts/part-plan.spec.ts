import { describe, expect, it } from '@jest/globals';
import { MAX_PART_BYTES, MIN_PART_BYTES, partCount, placeOfPart, planParts } from './part-plan.js';

const MIB = 1024 ** 2;
const GIB = 1024 * MIB;

describe('the plan of parts', () => {
  it.each([
    [1, undefined, 8 * MIB, 1],
    [8 * MIB, undefined, 8 * MIB, 1],
    [8 * MIB + 1, undefined, 8 * MIB, 2],
    [78 * GIB, undefined, 8 * MIB, 9984],
    [100 * GIB, undefined, 11 * MIB, 9310],
    [12 * MIB, MIN_PART_BYTES, MIN_PART_BYTES, 3],
    [20 * GIB, MAX_PART_BYTES, MAX_PART_BYTES, 4],
  ])('of %d bytes with a wish of %p has parts of %d', (sizeBytes, wish, partSizeBytes, count) => {
    const plan = planParts(sizeBytes, wish);
    expect([plan.partSizeBytes, partCount(plan)]).toEqual([partSizeBytes, count]);
  });

  it('refuses a wish that needs more parts than there may be', () => {
    expect(() => planParts(50 * GIB, MIN_PART_BYTES)).toThrow('more than 10000');
  });
});

describe('the place of a part', () => {
  const plan = { sizeBytes: 12 * MIB + 7, partSizeBytes: 5 * MIB };

  it.each([
    [1, 0, 5 * MIB],
    [2, 5 * MIB, 5 * MIB],
    [3, 10 * MIB, 2 * MIB + 7],
  ])('%d begins at %d', (number, offset, sizeBytes) => {
    expect(placeOfPart(plan, number)).toEqual({ offset, sizeBytes });
  });

  it.each([0, 4, -1, 1.5, Number.NaN])('%p is none', (number) => {
    expect(() => placeOfPart(plan, number)).toThrow('from 1 to 3');
  });
});
