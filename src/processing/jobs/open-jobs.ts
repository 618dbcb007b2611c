import { Injectable } from '@nestjs/common';
import type { JobRequest } from '../../events/index.js';
import { hashJob, importJob, type Media, processJob, scanJob } from '../../media/index.js';
import { VideoPlans } from '../video/index.js';
import { audioJob, chunkJob, finalizeJob, posterJob } from './video/video-jobs.js';

/** Tells which jobs bring an unfinished media on, by the database alone. */
@Injectable()
export class OpenJobs {
  constructor(private readonly plans: VideoPlans) {}

  /** At least one; of a video that is planned, those whose work is not stored yet. */
  async of(media: Media): Promise<JobRequest[]> {
    if (media.status === 'scanning') return [scanJob(media)];
    if (media.status !== 'processing') return [media.originalId === null ? importJob(media) : hashJob(media)];
    const stored = media.kind === 'video' ? await this.plans.find(media) : null;
    if (stored?.state !== 'encoding') return [processJob(media, media.kind)];
    const { missingChunks, missingAudio } = await this.plans.progress(stored);
    const open = [
      ...missingChunks.map((index) => chunkJob(stored, index)),
      ...missingAudio.map((track) => audioJob(stored, track)),
      ...(stored.pictures === null ? [posterJob(stored)] : []),
    ];
    return open.length > 0 ? open : [finalizeJob(media)];
  }
}
