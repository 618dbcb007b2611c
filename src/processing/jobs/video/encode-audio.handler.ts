import { Inject, Injectable } from '@nestjs/common';
import { type ProcessingConfig, processingConfig } from '../../../config/index.js';
import { MediaTools, withinQuota } from '../../ffmpeg/index.js';
import {
  type EncodedRun,
  type PlannedAudio,
  videoErrors,
  VideoPlans,
  VideoProcessor,
} from '../../video/index.js';
import { type JobContext, JobHandler } from '../job-handler.js';
import { tooLarge } from './encode-chunk.handler.js';
import { RunStore } from './run-store.js';
import { type PlannedPlace, VideoFrame } from './video-frame.js';
import type { AudioPayload } from './video-jobs.js';

/**
 * One track of sound of a video, stored by and by while it is being encoded. An attempt that follows one which died
 * encodes it again from its beginning, and stores what is missing.
 */
@Injectable()
export class EncodeAudioHandler extends JobHandler {
  override readonly job = 'video.audio';
  private readonly processor: VideoProcessor;

  constructor(
    private readonly frame: VideoFrame,
    private readonly plans: VideoPlans,
    private readonly runs: RunStore,
    tools: MediaTools,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {
    super();
    this.processor = new VideoProcessor(tools, config.video);
  }

  override handle(payload: AudioPayload, context: JobContext): Promise<void> {
    return this.frame.runPlanned(payload, context, async (place) => {
      const track = place.stored.plan.audio.find(({ name }) => name === payload.track);
      const { missingAudio } = await this.plans.progress(place.stored);
      if (track && missingAudio.includes(track.name)) await this.encode(place, track);
    });
  }

  private async encode(place: PlannedPlace, track: PlannedAudio): Promise<void> {
    const { stored, originalPath: path, workDir, signal } = place;
    const { name } = track;
    const isFirst = track === stored.plan.audio[0];
    const base = { track: name, frames: 0, last: false, damaged: false };
    let kept = await this.storedSegments(stored.id, name);
    const onRun = async (run: EncodedRun, firstSegment: number): Promise<void> => {
      const further = run.segments.slice(Math.max(0, kept - firstSegment));
      if (further.length === 0) return;
      const first = Math.max(kept, firstSegment);
      const renditions = { [name]: { ...run, segments: further } };
      await this.runs.add(place, { ...base, firstSegment: first, renditions }, workDir);
      // Also where another attempt was first: it is then the same segments that are there.
      kept = await this.storedSegments(stored.id, name);
    };
    const quota = { directory: workDir, maxBytes: this.config.video.scratchBytes, signal };
    const { segments, damaged } = await withinQuota(quota, tooLarge, (limited) =>
      this.processor.encodeAudio(
        { plan: stored.plan, path },
        { track, outDir: workDir, signal: limited, onRun, maxFileBytes: quota.maxBytes },
      ),
    );
    if (segments === 0 && !damaged && isFirst && !stored.plan.film.truncated) {
      throw videoErrors.VIDEO_CORRUPT('The sound can not be decoded');
    }
    // A row without segments says that nothing follows.
    await this.runs.add(place, { ...base, firstSegment: kept, renditions: {}, last: true, damaged }, workDir);
  }

  private async storedSegments(planId: string, track: string): Promise<number> {
    const runs = await this.plans.runs(planId);
    return Math.max(
      0,
      ...runs.filter((run) => run.track === track).map((run) => run.firstSegment + run.segments),
    );
  }
}
