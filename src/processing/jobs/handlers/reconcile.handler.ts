import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../../../database/index.js';
import type { JobRequest } from '../../../events/index.js';
import {
  hashJob,
  importJob,
  Media,
  MediaLifecycleService,
  processJob,
  scanJob,
  unfinishedStatuses,
} from '../../../media/index.js';
import { type JobContext, JobHandler } from '../job-handler.js';
import { JobQueues } from '../job-queues.js';

/** A media that did not move for this long is looked at: longer than outbox and backoff usually take. */
const STUCK_MS = 60_000;
const BATCH = 200;

/**
 * Puts media that stand still back into the queue. The database alone says what is to be done, so a
 * queue that lost everything is filled again, and a job that ran out of attempts ends its media.
 */
@Injectable()
export class ReconcileHandler extends JobHandler {
  override readonly job = 'media.reconcile';
  private readonly logger = new Logger(ReconcileHandler.name);

  constructor(
    private readonly database: Database,
    private readonly queues: JobQueues,
    private readonly lifecycle: MediaLifecycleService,
  ) {
    super();
  }

  override async handle(_payload: object, { signal }: JobContext): Promise<void> {
    const unit = this.database.unit();
    let after = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const stuck = await unit.find(
        Media,
        {
          id: { $gt: after },
          status: { $in: [...unfinishedStatuses] },
          deletedAt: null,
          updatedAt: { $lt: new Date(Date.now() - STUCK_MS) },
        },
        { orderBy: { id: 'asc' }, limit: BATCH, disableIdentityMap: true },
      );
      for (const media of stuck) {
        if (signal.aborted) return;
        await this.reconcile(media);
      }
      const last = stuck.at(-1);
      if (!last || stuck.length < BATCH) return;
      after = last.id;
    }
  }

  private async reconcile(media: Media): Promise<void> {
    const request = jobOf(media);
    const state = await this.queues.stateOf(request);
    if (state === 'pending') return;
    if (state === 'failed' && media.status === 'processing') {
      // Attempts ran out without a verdict on the content: workers that died, or a part that was down.
      await this.lifecycle.fail(media, {
        code: 'PROCESSING_FAILED',
        detail: 'The processing failed repeatedly; it can be tried again',
      });
      return;
    }
    if (state !== 'absent') await this.queues.forget(request);
    await this.queues.add([request]);
    this.logger.warn(
      { mediaId: media.id, job: request.job, was: state },
      'a media stood still and was queued again',
    );
  }
}

/** The job that brings a media on. */
function jobOf(media: Media): JobRequest {
  if (media.status === 'processing') return processJob(media, media.kind);
  if (media.status === 'scanning') return scanJob(media);
  return media.originalId === null ? importJob(media) : hashJob(media);
}
