import { Inject, Injectable } from '@nestjs/common';
import { type JobName, jobNames } from './job-catalogue.js';
import type { JobHandler } from './job-handler.js';

/** Injection token of all handlers of this process. */
export const JOB_HANDLERS = Symbol('JOB_HANDLERS');

/** Finds the handler of a job. The start fails unless every job of the catalogue has exactly one. */
@Injectable()
export class JobRegistry {
  private readonly handlers = new Map<JobName, JobHandler>();

  constructor(@Inject(JOB_HANDLERS) handlers: JobHandler[]) {
    for (const handler of handlers) {
      if (this.handlers.has(handler.job)) throw new Error(`two handlers for the job ${handler.job}`);
      this.handlers.set(handler.job, handler);
    }
    const missing = jobNames.filter((name) => !this.handlers.has(name));
    if (missing.length > 0) throw new Error(`no handler for the jobs ${missing.join(', ')}`);
  }

  /** @throws Error for a name that is not in the catalogue: a newer process has put it there */
  handlerOf(name: string): JobHandler {
    const handler = this.handlers.get(name as JobName);
    if (!handler) throw new Error(`this version has no job ${name}`);
    return handler;
  }
}
