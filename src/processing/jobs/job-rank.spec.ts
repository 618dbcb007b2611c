import { describe, expect, it } from '@jest/globals';
import { rankOf } from './job-rank.js';

const now = 1_800_000_000;
const chunk = (plannedAt: number, startSeconds: number) =>
  rankOf({ payload: { dueAt: plannedAt + startSeconds } });
const plan = (at: number) => rankOf({ payload: {} }, at);

describe('rankOf', () => {
  it.each<[string, number, string, number]>([
    ['a plan', plan(now), 'the first chunk of a video planned before', chunk(now - 60, 0)],
    ['the first chunk of a clip', chunk(now + 60, 0), 'a late chunk of a film', chunk(now, 3600)],
    [
      'a late chunk of a film that has waited',
      chunk(now - 3700, 3600),
      'the first chunk of a clip',
      chunk(now, 0),
    ],
    ['an earlier chunk', chunk(now, 40), 'a later one of the same video', chunk(now, 60)],
  ])('puts %s (%d) before %s (%d)', (_first, earlier, _second, later) => {
    expect(earlier).toBeLessThan(later);
  });

  it.each([0, 1, now, 2 ** 40])('is a priority that BullMQ takes: %d', (dueAt) => {
    expect(rankOf({ payload: { dueAt } })).toBeGreaterThanOrEqual(1);
    expect(rankOf({ payload: { dueAt } })).toBeLessThanOrEqual(2 ** 21);
  });
});
