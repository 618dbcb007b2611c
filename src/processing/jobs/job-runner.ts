import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { DelayedError, type Job, UnrecoverableError } from 'bullmq';
import { Counter, Histogram } from 'prom-client';
import { DomainError } from '../../common/index.js';
import { MediaChanges } from '../../events/index.js';
import { JOB_DURATION, JOB_FAILURES } from '../../metrics/index.js';
import { JobRegistry } from './job-registry.js';
import { NotNow } from './not-now.js';

/** How long a job that a shutdown interrupted waits before another worker takes it. */
const HANDOVER_DELAY_MS = 1000;

const MEDIA_GONE = 'media deleted';
const MEDIA_FAILED = 'media failed';
const SHUTDOWN = 'shutdown';

interface RunningJob {
  mediaId: string | null;
  generation: number | null;
  controller: AbortController;
}

export interface JobAttempt {
  job: Job;
  token: string | undefined;
  /** BullMQ's own: the lock was lost. */
  signal: AbortSignal | undefined;
}

/** Runs jobs of all queues: finds the handler, measures, cancels and tells failures from one another. */
@Injectable()
export class JobRunner implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(JobRunner.name);
  private readonly running = new Set<RunningJob>();
  private stopListening: () => void = () => undefined;
  private handingOver = false;

  constructor(
    private readonly registry: JobRegistry,
    private readonly changes: MediaChanges,
    @InjectMetric(JOB_DURATION) private readonly durations: Histogram,
    @InjectMetric(JOB_FAILURES) private readonly failures: Counter,
  ) {}

  onModuleInit(): void {
    this.stopListening = this.changes.onChange(({ id, deleted, status, generation }) => {
      if (deleted) this.cancel(MEDIA_GONE, (running) => running.mediaId === id);
      // Others work on parts of it, which nobody needs any more.
      if (status === 'failed')
        this.cancel(MEDIA_FAILED, (running) => running.mediaId === id && running.generation === generation);
    });
  }

  onModuleDestroy(): void {
    this.stopListening();
  }

  /** Interrupts everything that runs, and what still arrives: it goes back to the queue, for another worker. */
  handOver(): void {
    this.handingOver = true;
    this.cancel(SHUTDOWN, () => true);
  }

  /**
   * One attempt of a job.
   * @throws UnrecoverableError for what no retry can mend, else whatever the handler threw
   */
  async run({ job, token, signal }: JobAttempt): Promise<void> {
    // A worker that is told to stop may have one more job in its hands.
    if (this.handingOver) return this.putBack(job, token);
    const controller = new AbortController();
    const payload = job.data as { mediaId?: string; generation?: number };
    const { mediaId = null, generation = null } = payload;
    const entry: RunningJob = { mediaId, generation, controller };
    const attempt = job.attemptsMade + 1;
    const lastAttempt = attempt >= (job.opts.attempts ?? 1);
    const stop = this.durations.startTimer({ job: job.name });
    this.running.add(entry);
    try {
      await this.registry.handlerOf(job.name).handle(payload, {
        signal: signal ? AbortSignal.any([signal, controller.signal]) : controller.signal,
        attempt,
        lastAttempt,
        reportProgress: (percent) => job.updateProgress(percent),
      });
      stop({ outcome: 'ok' });
    } catch (error) {
      if (isNeededNoMore(controller.signal, error)) {
        stop({ outcome: 'cancelled' });
        return;
      }
      if (controller.signal.reason === SHUTDOWN) {
        stop({ outcome: 'handed-over' });
        return await this.putBack(job, token);
      }
      if (error instanceof NotNow) {
        stop({ outcome: 'put-off' });
        this.logger.warn({ job: job.name, jobId: job.id, reason: error.message }, 'job put off');
        return await this.putBack(job, token, error.delayMs);
      }
      stop({ outcome: 'failed' });
      throw this.classify(job, error, lastAttempt);
    } finally {
      this.running.delete(entry);
    }
  }

  /** Uses up no attempt. @throws DelayedError always: BullMQ's sign that the job has been moved */
  private async putBack(
    job: Job,
    token: string | undefined,
    delayMs: number = HANDOVER_DELAY_MS,
  ): Promise<never> {
    await job.moveToDelayed(Date.now() + delayMs, token);
    throw new DelayedError();
  }

  private classify(job: Job, error: unknown, lastAttempt: boolean): unknown {
    const final = lastAttempt || (error instanceof DomainError && error.status < 500);
    this.failures.inc({ job: job.name, final: String(final) });
    this.logger.warn(
      { err: error, job: job.name, jobId: job.id, attempt: job.attemptsMade + 1, final },
      'job failed',
    );
    if (error instanceof DomainError && error.status < 500) return new UnrecoverableError(error.code);
    return error;
  }

  private cancel(reason: string, matches: (running: RunningJob) => boolean): void {
    for (const running of this.running) {
      if (matches(running)) running.controller.abort(reason);
    }
  }
}

function isNeededNoMore({ reason }: AbortSignal, error: unknown): boolean {
  // A verdict on the content is one also where the media has failed by it meanwhile.
  return reason === MEDIA_GONE || (reason === MEDIA_FAILED && !(error instanceof DomainError));
}
