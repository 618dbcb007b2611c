import { Inject, Injectable } from '@nestjs/common';
import { type ProcessingConfig, processingConfig } from '../../../config/index.js';
import { MediaTools } from '../../ffmpeg/index.js';
import { isFilm, newStreamSecret, technicalMetadata, VideoPlans, VideoProcessor } from '../../video/index.js';
import { describeAudio } from '../describe-audio.js';
import { type JobContext, JobHandler, type MediaJobPayload } from '../job-handler.js';
import { MediaProcessing } from '../media-processing.js';
import { VideoFrame, type VideoPlace } from './video-frame.js';
import { jobsOfPlan } from './video-jobs.js';

/** Looks at a video, decides what is to be made of it, and asks for the jobs that make it. */
@Injectable()
export class PlanVideoHandler extends JobHandler {
  override readonly job = 'video.plan';
  private readonly processor: VideoProcessor;

  constructor(
    private readonly frame: VideoFrame,
    private readonly processing: MediaProcessing,
    private readonly plans: VideoPlans,
    private readonly tools: MediaTools,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {
    super();
    this.processor = new VideoProcessor(tools, config.video);
  }

  override async handle(payload: MediaJobPayload, context: JobContext): Promise<void> {
    let hasPictures = true;
    await this.frame.run(payload, context, async (place) => {
      hasPictures = await this.plan(place);
    });
    if (hasPictures) return;
    // Sound in a container that usually holds pictures.
    await this.processing.run(payload, context, async (place) => {
      const outcome = await describeAudio(place, { tools: this.tools, config: this.config });
      return { ...outcome, facts: { ...outcome.facts, kind: 'audio' } };
    });
  }

  /** @returns false when there is nothing to be seen */
  private async plan({ media, run, originalPath: path, workDir, signal }: VideoPlace): Promise<boolean> {
    const { contentType } = media;
    const probe = await this.processor.probe({ path, contentType, workDir, signal });
    if (!isFilm(probe)) return false;
    const plan = this.processor.plan(probe);
    const { width, height } = probe.video;
    const metadata = { ...technicalMetadata(plan.film) };
    const facts = { width, height, durationMs: probe.durationMs, metadata };
    const secret = this.config.encryptVideos ? newStreamSecret() : null;
    await this.plans.create(run, { plan, facts, secret }, jobsOfPlan);
    return true;
  }
}
