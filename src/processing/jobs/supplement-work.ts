import { Injectable } from '@nestjs/common';
import {
  type Media,
  MediaRepository,
  MediaSupplements,
  StoredOriginals,
  type Supplement,
} from '../../media/index.js';
import type { JobContext, MediaJobPayload } from './job-handler.js';
import { ScratchSpace } from './scratch-space.js';
import { SourceFiles } from './source-files.js';
import { type VariantAttempt, VariantAttempts } from './variant-attempt.js';

/** What a step works with. */
export interface SupplementPlace {
  media: Media;
  /** The original, as a local file that must not be changed. */
  originalPath: string;
  /** Private and empty. */
  workDir: string;
  attempt: VariantAttempt;
  signal: AbortSignal;
}

/** The frame around what is made of a media that is ready: whatever becomes of it, the media stays as it is. */
@Injectable()
export class SupplementWork {
  constructor(
    private readonly repository: MediaRepository,
    private readonly originals: StoredOriginals,
    private readonly supplements: MediaSupplements,
    private readonly sources: SourceFiles,
    private readonly scratch: ScratchSpace,
    private readonly attempts: VariantAttempts,
  ) {}

  /** Runs a step on a media that is ready and of the job's generation; for any other it does nothing. */
  async run(
    { mediaId: id, generation }: MediaJobPayload,
    { signal }: JobContext,
    step: (place: SupplementPlace) => Promise<Omit<Supplement, 'prefix'>>,
  ): Promise<void> {
    const media = await this.repository.find(id);
    if (!media || media.deletedAt || media.generation !== generation || media.status !== 'ready') return;
    await this.sources.use(await this.originals.of(media), signal, (originalPath) =>
      this.scratch.use(async (workDir) => {
        const attempt = await this.attempts.begin(id);
        const { prefix } = attempt;
        try {
          const supplement = await step({ media, originalPath, workDir, attempt, signal });
          const added = await this.supplements.add({ id, generation }, { ...supplement, prefix });
          if (!added) await attempt.discard();
        } catch (error) {
          await attempt.discard();
          throw error;
        } finally {
          attempt.end();
        }
      }),
    );
  }
}
