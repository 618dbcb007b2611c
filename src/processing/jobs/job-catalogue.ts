import type { JobsOptions } from 'bullmq';

export const queueNames = ['media', 'video', 'imports', 'webhooks', 'maintenance', 'reconciliation'] as const;
export type QueueName = (typeof queueNames)[number];

interface JobSpec {
  queue: QueueName;
  /** Runs by itself this often, once in the cluster. */
  everyMs?: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The one registry of jobs: every name, where it queues and when it runs by itself. */
export const jobCatalogue = {
  'media.hash': { queue: 'media' },
  'media.scan': { queue: 'media' },
  'media.process-image': { queue: 'media' },
  'media.process-audio': { queue: 'media' },
  'media.process-other': { queue: 'media' },
  'video.plan': { queue: 'video' },
  'video.chunk': { queue: 'video' },
  'video.finalize': { queue: 'video' },
  // Beside the pictures: they are little work, and playing can not begin without them.
  'video.audio': { queue: 'media' },
  'video.poster': { queue: 'media' },
  // Of their own: a source that is slow must hold up nothing else.
  'media.import': { queue: 'imports' },
  // Likewise: a receiver that hangs.
  'events.deliver-webhook': { queue: 'webhooks' },
  'idempotency.expire': { queue: 'maintenance', everyMs: HOUR },
  'media.reconcile': { queue: 'maintenance', everyMs: MINUTE },
  'media.purge-trash': { queue: 'maintenance', everyMs: HOUR },
  'uploads.expire': { queue: 'maintenance', everyMs: MINUTE },
  'uploads.finish': { queue: 'maintenance', everyMs: MINUTE },
  'quota.release-expired': { queue: 'maintenance', everyMs: MINUTE },
  'quota.recalculate': { queue: 'maintenance', everyMs: 24 * HOUR },
  'storage.sweep': { queue: 'maintenance', everyMs: MINUTE },
  'storage.sweep-unfinished': { queue: 'maintenance', everyMs: HOUR },
  'admin.tend-reconciliations': { queue: 'maintenance', everyMs: MINUTE },
  // Of its own: with a large store it takes hours.
  'admin.reconcile': { queue: 'reconciliation' },
} as const satisfies Record<string, JobSpec>;

export type JobName = keyof typeof jobCatalogue;

export const jobNames = Object.keys(jobCatalogue) as JobName[];

export function isJobName(name: string): name is JobName {
  return Object.hasOwn(jobCatalogue, name);
}

/** How often a job runs by itself, or null when it is asked for. */
export function scheduleOf(name: JobName): number | null {
  const spec: JobSpec = jobCatalogue[name];
  return spec.everyMs ?? null;
}

/**
 * Retries with exponential backoff: 2, 4, 8 … s, about 17 minutes in all. At least five attempts are
 * needed on PostgreSQL, where a promotion can fail by deadlock though the processor did not.
 * What ended is kept for a while, in bounds: an ended job blocks its id.
 */
export const jobOptions: JobsOptions = {
  attempts: 10,
  backoff: { type: 'exponential', delay: 2000, jitter: 0.5 },
  removeOnComplete: { age: 3600, count: 1000 },
  removeOnFail: { age: 7 * 24 * 3600, count: 5000 },
};
