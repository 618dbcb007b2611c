import { describe, expect, it } from '@jest/globals';
import { mediaStream } from './media-stream.js';
import type { EncodedRun, StoredRun } from './stored-run.js';

const plan = {
  frameRate: { num: 30, den: 1 },
  segmentFrames: 120,
  rungs: [
    { name: '480p', width: 854, height: 480, bitrateKbps: 1400 },
    { name: '720p', width: 1280, height: 720, bitrateKbps: 2800 },
  ],
  audio: [{ name: 'audio', streamIndex: 1, channels: 2, silentSeconds: 0 }],
};

function encoded(segments: number, initHash = 'same'): EncodedRun {
  const segment = { sizeBytes: 1000, ticks: 61_440, keyBytes: 100 };
  const all = Array.from({ length: segments }, () => segment);
  return { codec: 'avc1.64001f', timescale: 15_360, initHash, initBytes: 700, segments: all };
}
function pictures(
  firstSegment: number,
  segments: number,
  more: Partial<StoredRun> & { hash?: string } = {},
): StoredRun {
  const { hash, ...rest } = more;
  const renditions = { '480p': encoded(segments, hash), '720p': encoded(segments, hash) };
  return { track: 'video', firstSegment, prefix: `v${firstSegment}/`, renditions, last: false, ...rest };
}
function sound(firstSegment: number, segments: number, last = false): StoredRun {
  const renditions: StoredRun['renditions'] = segments > 0 ? { audio: encoded(segments) } : {};
  return { track: 'audio', firstSegment, prefix: `a${firstSegment}/`, renditions, last };
}
const run = { generation: 1, secret: null };
const counts = (runs: StoredRun[]) => {
  const { video, audio } = mediaStream(plan, runs, run);
  return [...video, ...audio].map(({ segments }) => segments.length);
};

describe('mediaStream', () => {
  it.each([
    ['nothing', [], [0, 0, 0]],
    ['the beginning', [pictures(0, 1), sound(0, 2)], [1, 1, 2]],
    ['what comes after a gap, which waits', [pictures(0, 1), pictures(6, 5), sound(0, 9)], [1, 1, 9]],
    [
      'what fills the gap, in any order',
      [pictures(6, 5), pictures(1, 5), pictures(0, 1), sound(0, 9)],
      [11, 11, 9],
    ],
    ['no beginning', [pictures(1, 5), sound(3, 2)], [0, 0, 0]],
  ])('plays as far as there is no gap: %s', (_name, runs, expected) => {
    expect(counts(runs)).toEqual(expected);
  });

  it('can be begun with as soon as there are pictures and sound', () => {
    const playable = (runs: StoredRun[]) => mediaStream(plan, runs, run).playable;
    expect([[], [pictures(0, 1)], [sound(0, 1)], [pictures(0, 1), sound(0, 1)]].map(playable)).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it('has ended when every track has, and forgets a track that nothing could be decoded of', () => {
    const ended = (runs: StoredRun[]) => mediaStream(plan, runs, run).ended;
    expect(ended([pictures(0, 1, { last: true }), sound(0, 1)])).toBe(false);
    expect(ended([pictures(0, 1, { last: true }), sound(0, 1), sound(1, 0, true)])).toBe(true);
    const silent = mediaStream(plan, [pictures(0, 1, { last: true }), sound(0, 0, true)], run);
    expect(silent).toMatchObject({ ended: true, playable: true, audio: [] });
  });

  it('tells where each segment lies and how long it is', () => {
    const { video, targetSeconds } = mediaStream(plan, [pictures(0, 1), pictures(1, 5)], run);
    expect(targetSeconds).toBe(4);
    expect(video[1]?.segments[1]).toEqual({
      number: 2,
      seconds: 4,
      sizeBytes: 1000,
      keyBytes: 100,
      key: 'v1/720p/00002.m4s',
      init: { number: 1, sizeBytes: 700, key: 'v0/720p/init.mp4' },
    });
  });

  it.each([
    ['30', 30, 1, 120, 4],
    ['29.97', 30_000, 1001, 120, 4],
    ['23.976', 24_000, 1001, 96, 4],
    ['18.28', 128, 7, 74, 4],
    ['1.25', 5, 4, 6, 5],
    ['1.336', 167, 125, 6, 5],
    ['0.3', 3, 10, 2, 7],
    ['0.2', 1, 5, 2, 10],
  ])(
    'has the least target duration that no segment exceeds when rounded, at %s frames/s',
    (_name, num, den, segmentFrames, target) => {
      const { targetSeconds } = mediaStream({ ...plan, frameRate: { num, den }, segmentFrames }, [], run);
      expect(targetSeconds).toBe(target);
      // A segment of sound ends up to a frame of it later than that of the pictures.
      const longest = (segmentFrames * den) / num + 1024 / 48_000;
      expect(Math.round(longest)).toBeLessThanOrEqual(targetSeconds);
      expect(longest - targetSeconds).toBeLessThanOrEqual(0.5);
    },
  );

  it('needs another init segment where another encoder went on', () => {
    const runs = [pictures(0, 1), pictures(1, 1, { hash: 'other' }), pictures(2, 1, { hash: 'other' })];
    const inits = mediaStream(plan, runs, run).video[0]?.segments.map(({ init }) => init.number);
    expect(inits).toEqual([1, 2, 2]);
  });
});
