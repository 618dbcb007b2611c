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

/** What a queue holds at a moment. */
export interface QueueState {
  queue: QueueName;
  counts: Record<string, number>;
  /** Null when nothing waits. */
  oldestWaitingSeconds: number | null;
}

/** Where a job stands in its queue; absent when the queue does not know it. */
export type JobState = 'absent' | 'pending' | 'completed' | 'failed';

/** The queues by name, on Redis or on PostgreSQL. */
@Injectable()
export class JobQueues implements OnApplicationBootstrap {
  private readonly logger = new Logger(JobQueues.name);
  private readonly queues: ReadonlyMap<QueueName, Queue>;

  constructor(
    @InjectQueue('media') media: Queue,
    @InjectQueue('video') video: Queue,
    @InjectQueue('maintenance') maintenance: Queue,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {
    this.queues = new Map([
      ['media', media],
      ['video', video],
      ['maintenance', maintenance],
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
  async add(requests: readonly JobRequest[]): Promise<void> {
    const known = requests.filter(({ job }) => isJobName(job));
    const byQueue = Map.groupBy(known, ({ job }) => this.queueOf(job));
    for (const [queue, members] of byQueue) {
      await queue.addBulk(
        members.map(({ job, jobId, payload }) => ({
          name: job,
          data: payload,
          opts: { ...jobOptions, jobId },
        })),
      );
    }
  }

  async stateOf({ job, jobId }: JobRequest): Promise<JobState> {
    const found = await this.queueOf(job).getJob(jobId);
    if (!found) return 'absent';
    const state = await found.getState();
    return state === 'completed' || state === 'failed' ? state : state === 'unknown' ? 'absent' : 'pending';
  }

  /** Forgets a job that has ended, so that its id can be queued again. */
  async forget({ job, jobId }: JobRequest): Promise<void> {
    await this.queueOf(job).remove(jobId);
  }

  async states(): Promise<QueueState[]> {
    return Promise.all(
      [...this.queues].map(async ([name, queue]) => {
        const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed', 'completed');
        const [oldest] = await queue.getJobs(['waiting'], 0, 0, true);
        const oldestWaitingSeconds = oldest ? Math.max(0, Date.now() - oldest.timestamp) / 1000 : null;
        return { queue: name, counts, oldestWaitingSeconds };
      }),
    );
  }

  /** Resolves when the queue answers. */
  async check(): Promise<void> {
    await this.queueOf('media.reconcile').getJobCounts('active');
  }

  private queueOf(job: string): Queue {
    const queue = isJobName(job) ? this.queues.get(jobCatalogue[job].queue) : undefined;
    if (!queue) throw new Error(`there is no job ${job}`);
    return queue;
  }
}
