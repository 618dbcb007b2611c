import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { type ProcessingConfig, processingConfig } from '../../../config/index.js';
import { MediaTools } from '../../ffmpeg/index.js';
import { makeDerivatives } from '../../image/index.js';
import { VideoPlans, VideoProcessor } from '../../video/index.js';
import { type JobContext, JobHandler, type MediaJobPayload } from '../job-handler.js';
import { storePictures } from '../store-pictures.js';
import { VariantAttempts } from '../variant-attempt.js';
import { storeCaptions } from './store-captions.js';
import { type PlannedPlace, VideoFrame } from './video-frame.js';
import { finalizeJob } from './video-jobs.js';

/** Poster, thumbnails and captions of a video, as soon as they can be had. */
@Injectable()
export class TakePosterHandler extends JobHandler {
  override readonly job = 'video.poster';
  private readonly processor: VideoProcessor;

  constructor(
    private readonly frame: VideoFrame,
    private readonly plans: VideoPlans,
    private readonly attempts: VariantAttempts,
    private readonly tools: MediaTools,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {
    super();
    this.processor = new VideoProcessor(tools, config.video);
  }

  override handle(payload: MediaJobPayload, context: JobContext): Promise<void> {
    return this.frame.runPlanned(payload, context, (place) => this.take(place));
  }

  private async take(place: PlannedPlace): Promise<void> {
    const { stored, home, run, originalPath: path, workDir, signal } = place;
    if (stored.pictures !== null) return;
    const poster = await this.processor.takePoster({ plan: stored.plan, path }, workDir, signal);
    const pictures = join(workDir, 'pictures');
    await mkdir(pictures);
    const limits = this.config.image;
    const { derivatives, look, placeholder } = await makeDerivatives(poster, {
      workDir: pictures,
      limits,
      signal,
    });
    const attempt = await this.attempts.beginPart(home, 'pictures');
    try {
      const pictureRows = await storePictures(attempt, derivatives);
      const captions = await storeCaptions(attempt, place, { tools: this.tools, limits: this.config.video });
      const variants = [...pictureRows, ...captions];
      const added = { prefix: attempt.prefix, placeholder, look, variants };
      const needed = await this.plans.addPictures(run, stored.id, added, finalizeJob(run));
      if (!needed) await attempt.discard();
    } catch (error) {
      await attempt.discard();
      throw error;
    } finally {
      attempt.end();
    }
  }
}
