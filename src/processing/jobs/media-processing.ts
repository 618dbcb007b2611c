import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Injectable, Logger } from '@nestjs/common';
import { DomainError } from '../../common/index.js';
import {
  type Media,
  MediaLifecycleService,
  MediaRepository,
  type MediaRun,
  type Outcome,
  StoredOriginals,
} from '../../media/index.js';
import { ObjectStore } from '../../storage/index.js';
import type { JobContext, MediaJobPayload } from './job-handler.js';
import { ScratchSpace } from './scratch-space.js';
import { type VariantAttempt, VariantAttempts } from './variant-attempt.js';

/** What a processing step works with. */
export interface Workplace {
  media: Media;
  /** The original, as a local file. */
  originalPath: string;
  /** Private and empty, but for the original. */
  workDir: string;
  attempt: VariantAttempt;
  signal: AbortSignal;
  /** May be called often; a report that is lost does no harm. */
  reportProgress(percent: number): void;
}

/** The frame around every kind of processing: original in, variants out, one commit, nothing left behind. */
@Injectable()
export class MediaProcessing {
  private readonly logger = new Logger(MediaProcessing.name);

  constructor(
    private readonly repository: MediaRepository,
    private readonly originals: StoredOriginals,
    private readonly lifecycle: MediaLifecycleService,
    private readonly store: ObjectStore,
    private readonly scratch: ScratchSpace,
    private readonly attempts: VariantAttempts,
  ) {}

  /**
   * Runs a step on a media that stands at processing; for one that stands elsewhere it does nothing.
   * What the content is to blame for ends the media as failed.
   */
  async run(
    { mediaId: id, generation }: MediaJobPayload,
    context: JobContext,
    step: (place: Workplace) => Promise<Omit<Outcome, 'prefix'>>,
  ): Promise<void> {
    const media = await this.repository.find(id);
    if (!media || media.deletedAt || media.generation !== generation || media.status !== 'processing') return;
    const run = { id, generation };
    try {
      await this.scratch.use(async (workDir) => {
        const originalPath = join(workDir, 'original');
        const { storageKey } = await this.originals.of(media);
        await pipeline(await this.store.get(storageKey), createWriteStream(originalPath), {
          signal: context.signal,
        });
        const attempt = await this.attempts.begin(id);
        try {
          const outcome = await step({
            media,
            originalPath,
            workDir,
            attempt,
            signal: context.signal,
            reportProgress: (percent) => void this.reportProgress(run, percent, context),
          });
          if (!(await this.lifecycle.complete(run, { ...outcome, prefix: attempt.prefix })))
            await attempt.discard();
        } catch (error) {
          await attempt.discard();
          throw error;
        } finally {
          attempt.end();
        }
      });
    } catch (error) {
      if (error instanceof DomainError && error.status < 500 && !context.signal.aborted) {
        await this.lifecycle.fail(run, { code: error.code, detail: error.message });
      }
      throw error;
    }
  }

  private async reportProgress(
    { id, generation }: MediaRun,
    percent: number,
    context: JobContext,
  ): Promise<void> {
    try {
      await context.reportProgress(percent);
      await this.repository.setProgress(id, generation, percent);
    } catch (error) {
      this.logger.warn({ err: error, mediaId: id }, 'progress could not be reported');
    }
  }
}
