import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectQueue } from '@nestjs/bullmq';
import { Queue } from 'bullmq';
import { type AppConfig, appConfig } from '../../config/index.js';
import type { JobRequest } from '../../events/index.js';
import {
  isJobName,
  jobCatalogue,
  jobNames,
  jobOptions,
  type QueueName,
  scheduleOf,
} from './job-catalogue.js';
import { rankOf } from './job-rank.js';
import { withinTime } from './within-time.js';

/** Redis clients wait for a server that is away. A transaction or a probe must not wait with them. */
const ANSWER_TIMEOUT_MS = 5000;
/** What has not been answered waits in memory; with so much of it, nothing is asked any more. */
const MAX_UNANSWERED = 32;

/** What a queue holds at a moment. */
export interface QueueState {
  queue: QueueName;
  counts: Record<string, number>;
  /** Null when nothing waits. */
  oldestWaitingSeconds: number | null;
}

/** Where a job stands in its queue; absent when the queue does not know it. */
export type JobState = 'absent' | 'pending' | 'completed' | 'failed';

/**
 * The queues by name, on Redis or on PostgreSQL. Every method answers in bounded time: it throws when the
 * queue does not answer, and what was asked may happen later all the same.
 */
@Injectable()
export class JobQueues implements OnApplicationBootstrap {
  private readonly logger = new Logger(JobQueues.name);
  private readonly queues: ReadonlyMap<QueueName, Queue>;
  private unanswered = 0;

  constructor(
    @InjectQueue('media') media: Queue,
    @InjectQueue('video') video: Queue,
    @InjectQueue('imports') imports: Queue,
    @InjectQueue('webhooks') webhooks: Queue,
    @InjectQueue('maintenance') maintenance: Queue,
    @InjectQueue('reconciliation') reconciliation: Queue,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {
    this.queues = new Map([
      ['media', media],
      ['video', video],
      ['imports', imports],
      ['webhooks', webhooks],
      ['maintenance', maintenance],
      ['reconciliation', reconciliation],
    ]);
    for (const queue of this.queues.values()) {
      queue.on('error', (error: Error) => this.logger.warn({ err: error }, 'the queue does not answer'));
    }
  }

  /** Workers keep the schedules: adding one again changes nothing. */
  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.runsJobs) return;
    for (const name of jobNames) {
      const every = scheduleOf(name);
      if (every === null) continue;
      await this.queueOf(name).upsertJobScheduler(
        name,
        { every },
        { name, data: {}, opts: { ...jobOptions, attempts: 1 } },
      );
    }
  }

  /** Puts jobs into their queues; one whose id is there already is left as it is. */
  add(requests: readonly JobRequest[]): Promise<void> {
    return this.ask(async () => {
      const byQueue = Map.groupBy(requests, ({ job }) => this.queueOf(job));
      for (const [queue, members] of byQueue) {
        await queue.addBulk(
          members.map(({ job, jobId, payload }) => ({
            name: job,
            data: payload,
            opts: { ...jobOptions, jobId, ...rankIn(queue, payload) },
          })),
        );
      }
    });
  }

  stateOf({ job, jobId }: JobRequest): Promise<JobState> {
    return this.ask(async () => {
      const found = await this.queueOf(job).getJob(jobId);
      if (!found) return 'absent';
      const state = await found.getState();
      if (state === 'completed' || state === 'failed') return state;
      return state === 'unknown' ? 'absent' : 'pending';
    });
  }

  /** Forgets a job that has ended, so that its id can be queued again. */
  async forget({ job, jobId }: JobRequest): Promise<void> {
    await this.ask(() => this.queueOf(job).remove(jobId));
  }

  states(): Promise<QueueState[]> {
    return this.ask(() => Promise.all([...this.queues].map(([name, queue]) => stateOfQueue(name, queue))));
  }

  /** Resolves when the queue answers. */
  async check(): Promise<void> {
    await this.ask(() => this.queueOf('media.reconcile').getJobCounts('active'));
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.unanswered >= MAX_UNANSWERED) throw new Error('the queue does not answer');
    this.unanswered += 1;
    const answer = question().finally(() => {
      this.unanswered -= 1;
    });
    return withinTime(ANSWER_TIMEOUT_MS, answer);
  }

  private queueOf(job: string): Queue {
    const queue = isJobName(job) ? this.queues.get(jobCatalogue[job].queue) : undefined;
    if (!queue) throw new Error(`there is no job ${job}`);
    return queue;
  }
}

/** In the other queues first come is first served. */
function rankIn({ name }: Queue, payload: JobRequest['payload']): { priority?: number } {
  return name === 'video' ? { priority: rankOf({ payload }) } : {};
}

async function stateOfQueue(name: QueueName, queue: Queue): Promise<QueueState> {
  const found = await queue.getJobCounts(
    'waiting',
    'prioritized',
    'active',
    'delayed',
    'failed',
    'completed',
  );
  // Those that wait by rank wait as well.
  const { prioritized = 0, waiting = 0, ...others } = found;
  const counts = { waiting: waiting + prioritized, ...others };
  const [oldest] = await queue.getJobs([prioritized > 0 ? 'prioritized' : 'waiting'], 0, 0, true);
  const oldestWaitingSeconds = oldest ? Math.max(0, Date.now() - oldest.timestamp) / 1000 : null;
  return { queue: name, counts, oldestWaitingSeconds };
}
