import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import {
  type AnalysisConfig,
  analysisConfig,
  type ProcessingConfig,
  processingConfig,
} from '../../../config/index.js';
import { analyseJob, type Outcome, presetsJob } from '../../../media/index.js';
import {
  type ImageMetadata,
  inspectImage,
  makeDerivatives,
  type Master,
  MasterMaker,
} from '../../image/index.js';
import { storePictures } from '../store-pictures.js';
import { type JobContext, JobHandler, type MediaJobPayload } from '../job-handler.js';
import { MediaProcessing, type Workplace } from '../media-processing.js';

/** Master where one is needed, metadata, thumbnails, placeholder, perceptual hash and optimized rendition of an image. */
@Injectable()
export class ProcessImageHandler extends JobHandler {
  override readonly job = 'media.process-image';

  constructor(
    private readonly processing: MediaProcessing,
    private readonly masters: MasterMaker,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
    @Inject(analysisConfig.KEY) private readonly analysis: AnalysisConfig,
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
    if (inspection.way === 'download') return downloadOnly(inspection.size);
    const workDir = join(place.workDir, 'pictures');
    await mkdir(workDir);
    if (inspection.way === 'direct') {
      return this.derive(place, { path: originalPath, metadata: inspection.metadata, kept: [] });
    }
    const { header } = inspection;
    const made = await this.masters.make({ path: originalPath, header, workDir, signal });
    if (!made) return downloadOnly(header.size);
    const { master, metadata } = made;
    return this.derive(place, { path: master.path, metadata, kept: [{ ...master, name: 'master' }] });
  }

  private async derive(
    { media, attempt, workDir, signal }: Workplace,
    { path, metadata: facts, kept }: Source,
  ): Promise<Omit<Outcome, 'prefix'>> {
    const limits = this.config.image;
    const { width, height, ...metadata } = facts;
    const { derivatives, look, placeholder, perceptualHash } = await makeDerivatives(path, {
      workDir: join(workDir, 'pictures'),
      limits,
      optimized: { metadata: facts, maxSide: limits.optimizedMaxSide },
      signal,
    });
    return {
      facts: {
        width,
        height,
        metadata: { ...metadata, ...look },
        placeholder,
        phash: perceptualHash,
        autoTags: [],
      },
      variants: await storePictures(attempt, [...kept, ...derivatives]),
      followUps: [presetsJob(media), ...(this.analysis.features.length > 0 ? [analyseJob(media)] : [])],
    };
  }
}

/** What the derivatives are made of, and what is kept beside them. */
interface Source {
  path: string;
  metadata: ImageMetadata;
  kept: (Master & { name: 'master' })[];
}

function downloadOnly(size: { width: number; height: number } | null): Omit<Outcome, 'prefix'> {
  const { width = null, height = null } = size ?? {};
  return {
    facts: { width, height, metadata: { downloadOnly: true }, placeholder: null, phash: null },
    variants: [],
  };
}
