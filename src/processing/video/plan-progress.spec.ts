import { describe, expect, it } from '@jest/globals';
import { planProgress, type RunSummary } from './plan-progress.js';

const chunk = (firstSegment: number, segments: number) => ({
  firstSegment,
  segments,
  startFrame: firstSegment * 100,
  frames: segments * 100,
  prerollFrames: 0,
});
const plan = {
  frames: 1000,
  chunks: [chunk(0, 1), chunk(1, 5), chunk(6, 4)],
  audio: [{ name: 'audio', streamIndex: 1, channels: 2, silentSeconds: 0 }],
};
const pictures = (firstSegment: number, segments: number): RunSummary => {
  const last = firstSegment === 6;
  return { track: 'video', firstSegment, segments, frames: segments * 100, last };
};
const sound = (firstSegment: number, segments: number, last = false): RunSummary => {
  return { track: 'audio', firstSegment, segments, frames: 0, last };
};

describe('planProgress', () => {
  it.each<[string, RunSummary[], object]>([
    [
      'nothing',
      [],
      { percent: 0, playable: false, done: false, missingChunks: [0, 1, 2], missingAudio: ['audio'] },
    ],
    ['pictures without sound', [pictures(0, 1)], { percent: 10, playable: false, missingChunks: [1, 2] }],
    ['a beginning', [pictures(0, 1), sound(0, 2)], { percent: 10, playable: true, missingAudio: ['audio'] }],
    ['an end without the middle', [pictures(6, 4), pictures(0, 1)], { percent: 50, missingChunks: [1] }],
    [
      'all of it',
      [pictures(0, 1), pictures(6, 4), pictures(1, 5), sound(0, 9), sound(9, 0, true)],
      { percent: 99, done: true, missingChunks: [], missingAudio: [] },
    ],
  ])('of %s', (_name, runs, expected) => {
    expect(planProgress(plan, runs)).toMatchObject(expected);
  });
});
