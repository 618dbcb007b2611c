import { describe, expect, it } from '@jest/globals';
import { segmentAt } from './segment-at.js';

const segments = [
  { uri: 'a', seconds: 4 },
  { uri: 'b', seconds: 4 },
  { uri: 'c', seconds: 1.5 },
];

describe('segmentAt', () => {
  it.each([
    [0, { uri: 'a', offsetSeconds: 0 }],
    [3.9, { uri: 'a', offsetSeconds: 3.9 }],
    [4, { uri: 'b', offsetSeconds: 0 }],
    [8.5, { uri: 'c', offsetSeconds: 0.5 }],
    [9.5, { uri: 'c', offsetSeconds: 1.5 }],
    [100, { uri: 'c', offsetSeconds: 1.5 }],
  ])('finds %d s', (seconds, expected) => {
    expect(segmentAt(segments, seconds)).toEqual(expected);
  });

  it('finds nothing in a rendition without segments', () => {
    expect(segmentAt([], 1)).toBeNull();
  });
});
