import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import { type ProcessingConfig, processingConfig } from '../../../config/index.js';
import { type Outcome, presetsJob } from '../../../media/index.js';
import { inspectImage, makeDerivatives } from '../../image/index.js';
import { storePictures } from '../store-pictures.js';
import { type JobContext, JobHandler, type MediaJobPayload } from '../job-handler.js';
import { MediaProcessing, type Workplace } from '../media-processing.js';

/** Metadata, thumbnails, placeholder, perceptual hash and optimized rendition of an image. */
@Injectable()
export class ProcessImageHandler extends JobHandler {
  override readonly job = 'media.process-image';

  constructor(
    private readonly processing: MediaProcessing,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {
    super();
  }

  override handle(payload: MediaJobPayload, context: JobContext): Promise<void> {
    return this.processing.run(payload, context, (place) => this.process(place));
  }

  private async process(place: Workplace): Promise<Omit<Outcome, 'prefix'>> {
    const { media, originalPath, signal } = place;
    const limits = this.config.image;
    const inspection = await inspectImage(originalPath, media.contentType, limits);
    if (!inspection.decodable) {
      const { width = null, height = null } = inspection.size ?? {};
      return {
        facts: { width, height, metadata: { downloadOnly: true }, placeholder: null, phash: null },
        variants: [],
      };
    }
    const { width, height, ...metadata } = inspection.metadata;
    const workDir = join(place.workDir, 'pictures');
    await mkdir(workDir);
    const { derivatives, placeholder, perceptualHash } = await makeDerivatives(originalPath, {
      workDir,
      limits,
      optimized: { metadata: inspection.metadata, maxSide: limits.optimizedMaxSide },
      signal,
    });
    return {
      facts: { width, height, metadata, placeholder, phash: perceptualHash },
      variants: await storePictures(place.attempt, derivatives),
      followUps: [presetsJob(media)],
    };
  }
}
