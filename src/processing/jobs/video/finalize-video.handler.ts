import { Inject, Injectable } from '@nestjs/common';
import { type ProcessingConfig, processingConfig } from '../../../config/index.js';
import { MediaLifecycleService, type NewVariant } from '../../../media/index.js';
import {
  mediaStream,
  type MediaStream,
  type StoredPictures,
  technicalMetadata,
  VideoPlans,
  type VideoRun,
} from '../../video/index.js';
import { type JobContext, JobHandler, type MediaJobPayload } from '../job-handler.js';
import { VariantAttempts } from '../variant-attempt.js';
import { assertComplete } from './assert-complete.js';
import { Mp4Files } from './mp4-files.js';
import { streamVariants } from './stream-variants.js';
import { type PlannedPlace, VideoFrame } from './video-frame.js';

interface Made {
  runs: VideoRun[];
  stream: MediaStream;
  pictures: StoredPictures;
}

/** Looks at what the jobs of a video have made, adds what needs all of it, and makes the media ready. */
@Injectable()
export class FinalizeVideoHandler extends JobHandler {
  override readonly job = 'video.finalize';

  constructor(
    private readonly frame: VideoFrame,
    private readonly plans: VideoPlans,
    private readonly mp4Files: Mp4Files,
    private readonly attempts: VariantAttempts,
    private readonly lifecycle: MediaLifecycleService,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {
    super();
  }

  override handle(payload: MediaJobPayload, context: JobContext): Promise<void> {
    return this.frame.runPlanned(payload, context, async (place) => {
      const { id, plan, pictures } = place.stored;
      const runs = await this.plans.runs(id);
      if (pictures === null || !(await this.plans.progress(place.stored)).done) return;
      const stream = mediaStream(plan, runs, place.stored);
      assertComplete(plan, runs, stream);
      const made = { runs, stream, pictures };
      if (this.config.video.mp4) await this.completeWithFiles(place, made);
      else await this.complete(place, made, { prefix: null, files: [] });
    });
  }

  private async completeWithFiles(place: PlannedPlace, made: Made): Promise<void> {
    const attempt = await this.attempts.beginPart(place.home, 'mp4');
    try {
      const { workDir, signal } = place;
      const files = await this.mp4Files.make({ stream: made.stream, attempt, workDir, signal });
      if (!(await this.complete(place, made, { prefix: attempt.prefix, files }))) await attempt.discard();
    } catch (error) {
      await attempt.discard();
      throw error;
    } finally {
      attempt.end();
    }
  }

  private complete(
    { run, stored, home }: PlannedPlace,
    { runs, stream, pictures }: Made,
    { prefix, files }: { prefix: string | null; files: NewVariant[] },
  ): Promise<boolean> {
    const { film } = stored.plan;
    const { width, height } = film.video;
    const damaged = film.truncated || runs.some((one) => one.damaged);
    return this.lifecycle.complete(run, {
      facts: {
        width,
        height,
        durationMs: film.durationMs,
        metadata: { ...technicalMetadata(film), damaged, ...pictures.look },
        placeholder: pictures.placeholder,
      },
      variants: [...pictures.variants, ...streamVariants({ stream, runs, home, width, height }), ...files],
      prefix,
      home,
      within: (tx) => this.plans.complete(tx, stored),
    });
  }
}
