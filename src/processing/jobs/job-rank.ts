import type { JobRequest } from '../../events/index.js';

/** BullMQ takes priorities from 1, served first, to 2^21. */
const RANKS = 2 ** 21 - 1;
/** Coarse enough that the ranks last for eight months before they begin again. */
const SECONDS_PER_RANK = 10;
/** What a plan has over what is planned already: it takes a moment, and a viewer waits for all that follows. */
const PLAN_AHEAD_SECONDS = 300;

/**
 * The place of a job of the video queue among the others: earliest deadline first. A deadline is a moment, so
 * what waits comes nearer to the front with time whatever arrives after it. Each time that the ranks begin again,
 * what was queued before is served after what is queued then.
 */
export function rankOf({ payload }: Pick<JobRequest, 'payload'>, nowSeconds = Date.now() / 1000): number {
  const { dueAt } = payload;
  const due = typeof dueAt === 'number' ? dueAt : nowSeconds - PLAN_AHEAD_SECONDS;
  return 1 + (Math.floor(due / SECONDS_PER_RANK) % RANKS);
}
