import { type BeforeApplicationShutdown, Inject, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { type ProcessingConfig, processingConfig } from '../../config/index.js';
import { JobRunner } from './job-runner.js';

/** A job whose worker died is taken up by another after lock and stalled interval: at most 20 s. */
const workerOptions = { lockDuration: 15_000, stalledInterval: 5000, maxStalledCount: 5 };

/** Deliveries wait for their receivers most of the time. */
const WEBHOOK_CONCURRENCY = 8;

/** What the workers of all queues have in common: they run jobs and hand them over on shutdown. */
abstract class QueueProcessor
  extends WorkerHost
  implements OnApplicationBootstrap, BeforeApplicationShutdown
{
  private readonly logger = new Logger(QueueProcessor.name);

  constructor(
    private readonly runner: JobRunner,
    private readonly concurrency: number,
  ) {
    super();
  }

  override process(job: Job, token?: string, signal?: AbortSignal): Promise<void> {
    return this.runner.run({ job, token, signal });
  }

  onApplicationBootstrap(): void {
    this.worker.concurrency = this.concurrency;
  }

  /** Before the database and the store close: running jobs are interrupted and go back to the queue. */
  async beforeApplicationShutdown(): Promise<void> {
    const paused = this.worker.pause(true);
    this.runner.handOver();
    await paused;
    await this.worker.close();
  }

  /** Another worker has these jobs by now, or soon: two at once would only waste work. */
  @OnWorkerEvent('lockRenewalFailed')
  onLockLost(jobIds: string[]): void {
    for (const jobId of jobIds) this.worker.cancelJob(jobId, 'lock lost');
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.logger.warn({ err: error }, 'the queue does not answer');
  }
}

@Processor('webhooks', workerOptions)
export class WebhookQueueProcessor extends QueueProcessor {
  constructor(runner: JobRunner) {
    super(runner, WEBHOOK_CONCURRENCY);
  }
}

@Processor('media', workerOptions)
export class MediaQueueProcessor extends QueueProcessor {
  constructor(runner: JobRunner, @Inject(processingConfig.KEY) config: ProcessingConfig) {
    super(runner, config.concurrency.media);
  }
}

@Processor('video', workerOptions)
export class VideoQueueProcessor extends QueueProcessor {
  constructor(runner: JobRunner, @Inject(processingConfig.KEY) config: ProcessingConfig) {
    super(runner, config.concurrency.video);
  }
}

/** One at a time: there is one process that looks at pictures. */
@Processor('analysis', workerOptions)
export class AnalysisQueueProcessor extends QueueProcessor {
  constructor(runner: JobRunner) {
    super(runner, 1);
  }
}

@Processor('editing', workerOptions)
export class EditingQueueProcessor extends QueueProcessor {
  constructor(runner: JobRunner, @Inject(processingConfig.KEY) config: ProcessingConfig) {
    super(runner, config.concurrency.editing);
  }
}

@Processor('imports', workerOptions)
export class ImportQueueProcessor extends QueueProcessor {
  constructor(runner: JobRunner, @Inject(processingConfig.KEY) config: ProcessingConfig) {
    super(runner, config.concurrency.imports);
  }
}

@Processor('maintenance', workerOptions)
export class MaintenanceQueueProcessor extends QueueProcessor {
  constructor(runner: JobRunner) {
    super(runner, 1);
  }
}

@Processor('reconciliation', workerOptions)
export class ReconciliationQueueProcessor extends QueueProcessor {
  constructor(runner: JobRunner) {
    super(runner, 1);
  }
}
