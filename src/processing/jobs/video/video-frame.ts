import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../common/index.js';
import {
  Media,
  MediaLifecycleService,
  MediaRepository,
  type MediaRun,
  StoredOriginals,
} from '../../../media/index.js';
import { variantPrefix } from '../../../storage/index.js';
import { type StoredPlan, VideoPlans } from '../../video/index.js';
import type { JobContext, MediaJobPayload } from '../job-handler.js';
import { ScratchSpace } from '../scratch-space.js';
import { SourceFiles } from '../source-files.js';

/** What a job of a video works with. */
export interface VideoPlace {
  media: Media;
  run: MediaRun;
  /** The original, as a local file; not to be changed. */
  originalPath: string;
  /** Private and empty. */
  workDir: string;
  signal: AbortSignal;
}

/** What a job of a planned video works with. */
export interface PlannedPlace extends VideoPlace {
  stored: StoredPlan;
  /** Key prefix of everything that is made by the plan. */
  home: string;
}

/** The frame around every job of a video: what it needs, and what a verdict on the content ends. */
@Injectable()
export class VideoFrame {
  constructor(
    private readonly repository: MediaRepository,
    private readonly originals: StoredOriginals,
    private readonly lifecycle: MediaLifecycleService,
    private readonly plans: VideoPlans,
    private readonly scratch: ScratchSpace,
    private readonly sources: SourceFiles,
  ) {}

  /**
   * Runs a step on a video that stands at processing; for one that stands elsewhere it does nothing. What the
   * content is to blame for ends the media as failed, and with it what was made so far.
   * @throws NotNow while there is little room on the disk
   */
  async run(
    { mediaId: id, generation }: MediaJobPayload,
    { signal }: JobContext,
    step: (place: VideoPlace) => Promise<void>,
  ): Promise<void> {
    const media = await this.repository.find(id);
    if (!media || media.deletedAt || media.generation !== generation || media.status !== 'processing') return;
    await this.scratch.assertRoom();
    const run = { id, generation };
    try {
      const original = await this.originals.of(media);
      await this.scratch.use((workDir) =>
        this.sources.use(original, signal, (originalPath) =>
          step({ media, run, originalPath, workDir, signal }),
        ),
      );
    } catch (error) {
      if (error instanceof DomainError && error.status < 500 && !signal.aborted) {
        const failure = { code: error.code, detail: error.message };
        await this.lifecycle.fail(run, failure, { within: (tx) => this.plans.giveUp(tx, id) });
      }
      throw error;
    }
  }

  /** The same for a video whose plan is being carried out; else it does nothing. */
  runPlanned(
    payload: MediaJobPayload,
    context: JobContext,
    step: (place: PlannedPlace) => Promise<void>,
  ): Promise<void> {
    return this.run(payload, context, async (place) => {
      const stored = await this.plans.find(place.run);
      if (stored?.state !== 'encoding') return;
      await step({ ...place, stored, home: variantPrefix(place.run.id, stored.id) });
    });
  }
}
