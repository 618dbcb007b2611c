import { Inject, Injectable, Logger } from '@nestjs/common';
import { type ProcessingConfig, processingConfig } from '../../../config/index.js';
import { MediaRepository } from '../../../media/index.js';
import { MediaTools, withinQuota } from '../../ffmpeg/index.js';
import {
  percentOf,
  type PlannedChunk,
  videoErrors,
  VideoPlans,
  VideoProcessor,
  videoTrack,
} from '../../video/index.js';
import { type JobContext, JobHandler } from '../job-handler.js';
import { RunStore } from './run-store.js';
import { type PlannedPlace, VideoFrame } from './video-frame.js';
import type { ChunkPayload } from './video-jobs.js';

/** One chunk of a video in all its rungs. */
@Injectable()
export class EncodeChunkHandler extends JobHandler {
  override readonly job = 'video.chunk';
  private readonly logger = new Logger(EncodeChunkHandler.name);
  private readonly processor: VideoProcessor;

  constructor(
    private readonly frame: VideoFrame,
    private readonly plans: VideoPlans,
    private readonly runs: RunStore,
    private readonly repository: MediaRepository,
    tools: MediaTools,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {
    super();
    this.processor = new VideoProcessor(tools, config.video);
  }

  override handle(payload: ChunkPayload, context: JobContext): Promise<void> {
    return this.frame.runPlanned(payload, context, async (place) => {
      const chunk = place.stored.plan.chunks[payload.index];
      const { missingChunks } = await this.plans.progress(place.stored);
      if (!chunk || !missingChunks.includes(payload.index)) return;
      await this.encode(place, chunk, context);
    });
  }

  private async encode(place: PlannedPlace, chunk: PlannedChunk, context: JobContext): Promise<void> {
    const { stored, originalPath: path, workDir, signal } = place;
    const quota = { directory: workDir, maxBytes: this.config.video.scratchBytes, signal };
    const report = await this.progressOf(place, context);
    const encoded = await withinQuota(quota, tooLarge, (limited) =>
      this.processor.encodeChunk(
        { plan: stored.plan, path },
        { chunk, outDir: workDir, signal: limited, onFrames: report, maxFileBytes: quota.maxBytes },
      ),
    );
    const { firstSegment } = chunk;
    const last = chunk === stored.plan.chunks.at(-1);
    await this.runs.add(place, { track: videoTrack, firstSegment, last, ...encoded }, workDir);
  }

  /** Of the whole video, as far as this worker knows; a report that is lost does no harm. */
  private async progressOf(
    { stored, run }: PlannedPlace,
    context: JobContext,
  ): Promise<(frames: number) => void> {
    const { frames: done } = await this.plans.progress(stored);
    let last = -1;
    return (frames) => {
      const percent = percentOf(done + frames, stored.plan.frames);
      if (percent <= last) return;
      last = percent;
      Promise.all([
        context.reportProgress(percent),
        this.repository.setProgress(run.id, run.generation, percent),
      ]).catch((error: unknown) => {
        this.logger.warn({ err: error, mediaId: run.id }, 'progress could not be reported');
      });
    };
  }
}

export function tooLarge(): Error {
  return videoErrors.VIDEO_TOO_LARGE('What is made of the video is larger than it may be');
}
