import { Random } from '../random.ts';

/** What is killed: one of the two workers; the API and both workers; these and the database. */
export const victims = ['worker', 'service', 'everything'] as const;
export type Victim = (typeof victims)[number];

export interface PlannedKill {
  victim: Victim;
  /** Of the workers, where one of them is the victim. */
  worker: 0 | 1;
  /** Strikes when the encoder was started so often for the video since the kill before, */
  afterStarts: number;
  /** and then so long after that. */
  delayMs: number;
}

export interface VideoRunPlan {
  index: number;
  /** Most have one. */
  kills: PlannedKill[];
}

export interface VideoChaosOptions {
  seed: number;
  runs: number;
  /** How often the encoder is started for a video that nothing happens to. */
  starts: number;
}

/** About what a start of the encoder lasts: so that a kill hits every moment between two of them alike. */
const LONGEST_DELAY_MS = 900;

/** All that is decided beforehand: the same seed gives the same kills. */
export function planVideoChaos({ seed, runs, starts }: VideoChaosOptions): VideoRunPlan[] {
  const random = new Random(seed);
  return Array.from({ length: runs }, (_, index) => ({
    index,
    kills: Array.from({ length: random.chance(0.2) ? 2 : 1 }, (__, at) => ({
      victim: random.pick(['worker', 'worker', 'service', 'everything']),
      worker: random.pick([0, 1]),
      afterStarts: random.int(0, at === 0 ? starts : Math.floor(starts / 3)),
      delayMs: random.int(0, LONGEST_DELAY_MS),
    })),
  }));
}
