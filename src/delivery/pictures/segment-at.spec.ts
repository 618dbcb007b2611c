import { describe, expect, it } from '@jest/globals';
import { segmentAt } from './segment-at.js';

const segments = [
  { uri: 'a', seconds: 4 },
  { uri: 'b', seconds: 4 },
  { uri: 'c', seconds: 1.5 },
];

describe('segmentAt', () => {
  it.each([
    [0, 'a', 0, false],
    [3.9, 'a', 3.9, false],
    [4, 'b', 0, false],
    [8.5, 'c', 0.5, false],
    [9.5, 'c', 1.5, true],
    [100, 'c', 1.5, true],
  ])('finds %d s', (seconds, uri, offsetSeconds, beyond) => {
    expect(segmentAt(segments, seconds)).toMatchObject({ segment: { uri }, offsetSeconds, beyond });
  });

  it('finds nothing in a rendition without segments', () => {
    expect(segmentAt([], 1)).toBeNull();
  });
});
