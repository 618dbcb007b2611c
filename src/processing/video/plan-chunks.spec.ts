import { describe, expect, it } from '@jest/globals';
import { type ChunkRules, planChunks } from './plan-chunks.js';

const rules: ChunkRules = {
  frames: 1800,
  segmentFrames: 120,
  firstSegments: 1,
  chunkSegments: 5,
  prerollFrames: 3,
  seekable: true,
};
const plan = (changed: Partial<ChunkRules> = {}) => planChunks({ ...rules, ...changed });
const segments = (changed: Partial<ChunkRules> = {}) => plan(changed).map((chunk) => chunk.segments);

describe('planChunks', () => {
  it.each([
    ['a minute', {}, [1, 5, 5, 4]],
    ['three minutes: the last ones are shorter', { frames: 5400 }, [1, 5, 5, 5, 4, 4, 3, 3, 3, 3, 3, 3, 3]],
    ['a frame', { frames: 1 }, [1]],
    ['one segment more than the first chunk', { frames: 240 }, [2]],
    ['a frame more than that', { frames: 241 }, [1, 2]],
    ['a tiny end: it belongs to what is before', { frames: 120 * 13 }, [1, 5, 7]],
    ['half a chunk at the end: it is one', { frames: 120 * 14 }, [1, 5, 5, 3]],
    ['a longer first chunk', { firstSegments: 3 }, [3, 5, 7]],
    ['short chunks, none shorter', { chunkSegments: 2 }, [1, 2, 2, 2, 2, 2, 2, 2]],
    ['chunks of a segment', { frames: 600, chunkSegments: 1 }, [1, 1, 1, 1, 1]],
    ['one that can not be sought in', { seekable: false }, [1, 14]],
  ])('cuts %s', (_name, changed, expected) => {
    expect(segments(changed)).toEqual(expected);
  });

  it.each([1, 119, 120, 121, 600, 601, 719, 1799, 100_000])(
    'leaves no frame of %d out, and has none twice',
    (frames) => {
      let next = 0;
      let nextSegment = 0;
      for (const chunk of plan({ frames })) {
        expect(chunk).toMatchObject({ startFrame: next, firstSegment: nextSegment });
        expect(chunk.startFrame).toBe(chunk.firstSegment * rules.segmentFrames);
        expect(Math.ceil(chunk.frames / rules.segmentFrames)).toBe(chunk.segments);
        next += chunk.frames;
        nextSegment += chunk.segments;
      }
      expect(next).toBe(frames);
    },
  );

  it('leaves little for some workers to do when others have ended', () => {
    // Of three minutes, each worker taking the next chunk when it has done one.
    const ends = [0, 0, 0, 0];
    for (const length of segments({ frames: 5400 })) {
      const free = ends.indexOf(Math.min(...ends));
      ends[free] = (ends[free] ?? 0) + length;
    }
    expect(45 / Math.max(...ends)).toBeGreaterThan(3.7);
  });

  it('never reads on from before the beginning, and from there where nothing can be sought', () => {
    expect(plan({ prerollFrames: 200 }).map((chunk) => chunk.prerollFrames)).toEqual([0, 120, 200, 200]);
    expect(plan({ seekable: false }).map((chunk) => chunk.prerollFrames)).toEqual([0, 120]);
  });
});
