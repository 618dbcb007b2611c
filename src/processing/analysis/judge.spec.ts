import { describe, expect, it } from '@jest/globals';
import { judge, suggestTags } from './judge.js';

const config = { thresholds: { faces: 0.6, objects: 0.5, nsfw: 0.7 } };
const nothing = { faces: null, objects: null, nsfw: null };
/** Anywhere. */
const box = { x: 0.1, y: 0.2, width: 0.3, height: 0.4 };
const face = (score: number) => Object.assign({ score }, box);

describe('judge', () => {
  it('keeps what is certain enough, the most certain first', () => {
    const faces = [0.59, 0.6, 0.9].map(face);
    expect(judge({ ...nothing, faces }, config).faces?.map(({ score }) => score)).toEqual([0.9, 0.6]);
    const objects = [
      { ...box, label: 'cat', score: 0.49 },
      { ...box, label: 'dog', score: 0.5 },
    ];
    expect(judge({ ...nothing, objects }, config).objects).toEqual([{ ...box, label: 'dog', score: 0.5 }]);
  });

  it.each([
    [
      { x: -0.2, y: -0.1, width: 0.5, height: 0.4 },
      { x: 0, y: 0, width: 0.3, height: 0.3 },
    ],
    [
      { x: 0.8, y: 0.9, width: 0.5, height: 0.5 },
      { x: 0.8, y: 0.9, width: 0.2, height: 0.1 },
    ],
    [
      { x: 0.123_456, y: 0, width: 0.1, height: 1 },
      { x: 0.1235, y: 0, width: 0.1, height: 1 },
    ],
  ])('cuts %j to the picture', (given, kept) => {
    expect(judge({ ...nothing, faces: [{ ...given, score: 1 }] }, config).faces).toEqual([
      { ...kept, score: 1 },
    ]);
  });

  it('drops what lies beside the picture', () => {
    const faces = [{ x: 1.1, y: 0, width: 0.2, height: 0.2, score: 1 }];
    expect(judge({ ...nothing, faces }, config).faces).toEqual([]);
  });

  it('keeps twenty of a crowd', () => {
    const faces = Array.from({ length: 50 }, (_, index) => face(0.6 + index / 200));
    const kept = judge({ ...nothing, faces }, config).faces ?? [];
    expect(kept).toHaveLength(20);
    expect(kept[0]?.score).toBe(0.845);
  });

  it('tells what was not looked for from what was not found', () => {
    expect(judge({ ...nothing, faces: [] }, config)).toEqual({ faces: [], objects: null, nsfw: null });
  });

  it('adds up the classes that are not safe for work', () => {
    const nsfw = { drawing: 0.1, hentai: 0.05, neutral: 0.5, porn: 0.15, sexy: 0.2 };
    expect(judge({ ...nothing, nsfw }, config).nsfw).toEqual({ score: 0.4, classes: nsfw });
  });
});

describe('suggestTags', () => {
  const object = (label: string) => ({ ...box, label, score: 1 });
  it.each([
    [nothing, []],
    [{ ...nothing, faces: [] }, []],
    [
      {
        ...nothing,
        faces: [
          { ...box, score: 1 },
          { ...box, score: 1 },
        ],
      },
      ['face'],
    ],
    [{ ...nothing, objects: [object('dog'), object('cat'), object('dog')] }, ['dog', 'cat']],
    [{ ...nothing, nsfw: { score: 0.69, classes: {} } }, []],
    [{ ...nothing, nsfw: { score: 0.7, classes: {} } }, ['nsfw']],
  ])('makes of %j the tags %j', (seen, tags) => {
    expect(suggestTags(seen, config)).toEqual(tags);
  });
});
