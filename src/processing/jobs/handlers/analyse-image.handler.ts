import { buffer } from 'node:stream/consumers';
import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '../../../common/index.js';
import {
  type AnalysisConfig,
  analysisConfig,
  type ProcessingConfig,
  processingConfig,
} from '../../../config/index.js';
import { Database } from '../../../database/index.js';
import { analysisOf, type MediaAnalysis, MediaRepository, Variant } from '../../../media/index.js';
import { ObjectStore } from '../../../storage/index.js';
import { judge, PictureAnalyser, suggestTags } from '../../analysis/index.js';
import { readRgbPixels } from '../../image/index.js';
import { type JobContext, JobHandler, type MediaJobPayload } from '../job-handler.js';

/** Larger than both models look at; small faces are lost below it. */
const MAX_SIDE = 640;
const THUMBNAIL = 'thumbnail-large';

/**
 * Looks for faces and things in the picture of a media that is ready. It reads a thumbnail, never an original, and
 * whatever becomes of it the media stays as it is: a failure is noted in the analysis alone.
 */
@Injectable()
export class AnalyseImageHandler extends JobHandler {
  override readonly job = 'media.analyse';

  constructor(
    private readonly repository: MediaRepository,
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly analyser: PictureAnalyser,
    @Inject(analysisConfig.KEY) private readonly config: AnalysisConfig,
    @Inject(processingConfig.KEY) private readonly processing: ProcessingConfig,
  ) {
    super();
  }

  override async handle(
    { mediaId: id, generation }: MediaJobPayload,
    { signal, lastAttempt }: JobContext,
  ): Promise<void> {
    const media = await this.repository.find(id);
    if (!media || media.deletedAt || media.generation !== generation || media.status !== 'ready') return;
    // Switched off since it was asked for, or done by an attempt whose end the queue did not hear of.
    if (this.config.features.length === 0 || analysisOf(media.metadata)) return;
    const keep = async (seen: Partial<MediaAnalysis>, tags: string[] = []): Promise<void> => {
      const analysis = { ...nothing, ...seen, analysedAt: new Date().toISOString() };
      await this.repository.keepAnalysis({ id, generation }, analysis, tags);
    };
    try {
      const picture = await this.read(id);
      if (!picture) return;
      const seen = judge(await this.analyser.analyse(picture, signal), this.config);
      await keep(seen, suggestTags(seen, this.config));
    } catch (error) {
      const final = lastAttempt || (error instanceof DomainError && error.status < 500);
      if (final && !signal.aborted)
        await keep({ failureCode: error instanceof DomainError ? error.code : 'ANALYSIS_FAILED' });
      throw error;
    }
  }

  private async read(id: string) {
    const thumbnail = await this.database.unit().findOne(Variant, { media: id, name: THUMBNAIL });
    if (!thumbnail) return null;
    const bytes = await buffer(await this.store.get(thumbnail.storageKey));
    return readRgbPixels(bytes, MAX_SIDE, this.processing.image);
  }
}

const nothing: Omit<MediaAnalysis, 'analysedAt'> = {
  faces: null,
  objects: null,
  nsfw: null,
  failureCode: null,
};
