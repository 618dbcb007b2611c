import type { JobName } from './job-catalogue.js';

export interface JobContext {
  /** Ends when the job is cancelled, loses its lock or the process shuts down. */
  signal: AbortSignal;
  /** From 1. */
  attempt: number;
  /** No attempt follows this one. */
  lastAttempt: boolean;
  /** Percent, for whoever looks at the queue. */
  reportProgress(percent: number): Promise<void>;
}

/**
 * One kind of job. Handlers are idempotent, carry ids only and rethrow: what may succeed on a retry is
 * thrown as it is, what can't is a DomainError below 500 and ends the job.
 */
export abstract class JobHandler {
  abstract readonly job: JobName;
  /** @param payload as the job's requests are made, see media-jobs.ts */
  abstract handle(payload: object, context: JobContext): Promise<void>;
}

/** Payload of the jobs that work on a media. */
export interface MediaJobPayload {
  mediaId: string;
  generation: number;
}
