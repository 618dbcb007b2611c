import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { DomainError } from '../../common/index.js';
import type { ProcessingConfig } from '../../config/index.js';
import type { Outcome } from '../../media/index.js';
import { AudioProcessor } from '../audio/index.js';
import type { MediaTools } from '../ffmpeg/index.js';
import { type Derivatives, makeDerivatives } from '../image/index.js';
import type { Workplace } from './media-processing.js';
import { storePictures } from './store-pictures.js';

const logger = new Logger('describeAudio');

/** Metadata of a file of sound, and thumbnails of its cover where there is one. */
export async function describeAudio(
  place: Workplace,
  { tools, config }: { tools: MediaTools; config: ProcessingConfig },
): Promise<Omit<Outcome, 'prefix'>> {
  const outDir = join(place.workDir, 'audio');
  await mkdir(outDir);
  const { durationMs, metadata, coverPath } = await new AudioProcessor(tools, config.video).process({
    path: place.originalPath,
    contentType: place.media.contentType,
    outDir,
    signal: place.signal,
  });
  const cover = coverPath === null ? null : await pictureOf(coverPath, { place, config, outDir });
  return {
    facts: {
      durationMs,
      metadata: { ...metadata, ...cover?.look },
      width: null,
      height: null,
      placeholder: cover?.placeholder ?? null,
    },
    variants: cover ? await storePictures(place.attempt, cover.derivatives) : [],
  };
}

/** A cover that can not be decoded does no harm to the sound. */
async function pictureOf(
  path: string,
  { place, config, outDir }: { place: Workplace; config: ProcessingConfig; outDir: string },
): Promise<Derivatives | null> {
  try {
    return await makeDerivatives(path, { workDir: outDir, limits: config.image, signal: place.signal });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    logger.log({ mediaId: place.media.id, code: error.code }, 'the cover can not be decoded');
    return null;
  }
}
