import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '../../../common/index.js';
import { type ProcessingConfig, processingConfig } from '../../../config/index.js';
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

/** What a video is that some other program may still play. */
const undecodable: ReadonlySet<string> = new Set(['VIDEO_UNSUPPORTED', 'VIDEO_CORRUPT']);

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
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {}

  /**
   * Runs a step on a video that stands at processing; for one that stands elsewhere it does nothing. What the
   * content is to blame for ends the media as failed, and with it what was made so far; where it is configured so, what
   * can't be decoded is ready, for download alone.
   * @throws NotNow while there is little room on the disk
   */
  async run(
    { mediaId: id, generation }: MediaJobPayload,
    { signal }: JobContext,
    step: (place: VideoPlace) => Promise<void>,
  ): Promise<void> {
    const media = await this.repository.find(id);
    if (!media || media.deletedAt || media.generation !== generation || media.status !== 'processing') return;
    await this.makeRoom();
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
        if (await this.keep(run, error)) return;
        const failure = { code: error.code, detail: error.message };
        await this.lifecycle.fail(run, failure, { within: (tx) => this.plans.giveUp(tx, id) });
      }
      throw error;
    }
  }

  /** @returns false for what is to fail, and for what an earlier run has made something of that can be played */
  private async keep(run: MediaRun, { code }: DomainError): Promise<boolean> {
    if (!this.config.keepUndecodable || !undecodable.has(code)) return false;
    if (await this.plans.hasComplete(run.id)) return false;
    return this.lifecycle.complete(run, {
      facts: { metadata: { downloadOnly: true, reason: code } },
      variants: [],
      prefix: null,
      within: (tx) => this.plans.giveUp(tx, run.id),
    });
  }

  /** What is kept for later jobs gives way to this one. @throws NotNow */
  private async makeRoom(): Promise<void> {
    try {
      await this.scratch.assertRoom();
    } catch {
      await this.sources.clear();
      await this.scratch.assertRoom();
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
