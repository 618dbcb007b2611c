import { Injectable, Logger } from '@nestjs/common';
import type { JobRequest } from '../../events/index.js';
import { type Media, MediaLifecycleService } from '../../media/index.js';
import { VideoPlans } from '../video/index.js';
import { JobQueues } from './job-queues.js';
import { OpenJobs } from './open-jobs.js';

/** Media that stand still because nothing in the queue brings them on. The database alone says what is to be done. */
@Injectable()
export class MediaRevival {
  private readonly logger = new Logger(MediaRevival.name);

  constructor(
    private readonly queues: JobQueues,
    private readonly lifecycle: MediaLifecycleService,
    private readonly open: OpenJobs,
    private readonly plans: VideoPlans,
  ) {}

  /**
   * Queues the jobs of an unfinished media again, or ends the media when one ran out of attempts.
   * @returns false when all of them are on their way
   */
  async revive(media: Media): Promise<boolean> {
    let revived = false;
    for (const request of await this.open.of(media)) {
      const state = await this.queues.stateOf(request);
      if (state === 'pending') continue;
      if (state === 'failed' && media.status === 'processing') {
        await this.end(media);
        return true;
      }
      await this.queue(media, request, state !== 'absent');
      revived = true;
    }
    return revived;
  }

  /** Attempts ran out without a verdict on the content: workers that died, or a part that was down. */
  private async end(media: Media): Promise<void> {
    const failure = {
      code: 'PROCESSING_FAILED',
      detail: 'The processing failed repeatedly; it can be tried again',
    };
    await this.lifecycle.fail(media, failure, { within: (tx) => this.plans.giveUp(tx, media.id) });
  }

  private async queue({ id }: Media, request: JobRequest, ended: boolean): Promise<void> {
    if (ended) await this.queues.forget(request);
    await this.queues.add([request]);
    this.logger.warn({ mediaId: id, job: request.job, ended }, 'a media stood still and was queued again');
  }
}
