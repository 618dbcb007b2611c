import { Injectable, Logger } from '@nestjs/common';
import type { JobRequest } from '../../events/index.js';
import {
  arrivalJob,
  hashJob,
  type Media,
  MediaLifecycleService,
  processJob,
  scanJob,
} from '../../media/index.js';
import { JobQueues } from './job-queues.js';

/** Media that stand still because nothing in the queue brings them on. The database alone says what is to be done. */
@Injectable()
export class MediaRevival {
  private readonly logger = new Logger(MediaRevival.name);

  constructor(
    private readonly queues: JobQueues,
    private readonly lifecycle: MediaLifecycleService,
  ) {}

  /**
   * Queues the job of an unfinished media again, or ends the media when the job ran out of attempts.
   * @returns false when the job is on its way
   */
  async revive(media: Media): Promise<boolean> {
    const request = jobOf(media);
    const state = await this.queues.stateOf(request);
    if (state === 'pending') return false;
    if (state === 'failed' && media.status === 'processing') {
      // Attempts ran out without a verdict on the content: workers that died, or a part that was down.
      await this.lifecycle.fail(media, {
        code: 'PROCESSING_FAILED',
        detail: 'The processing failed repeatedly; it can be tried again',
      });
      return true;
    }
    if (state !== 'absent') await this.queues.forget(request);
    await this.queues.add([request]);
    this.logger.warn(
      { mediaId: media.id, job: request.job, was: state },
      'a media stood still and was queued again',
    );
    return true;
  }
}

/** The job that brings a media on. */
export function jobOf(media: Media): JobRequest {
  if (media.status === 'processing') return processJob(media, media.kind);
  if (media.status === 'scanning') return scanJob(media);
  return media.originalId === null ? arrivalJob(media) : hashJob(media);
}
