import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { DomainError } from '../../common/index.js';
import type { ProcessingConfig } from '../../config/index.js';
import type { Outcome } from '../../media/index.js';
import { AudioProcessor, makeSound } from '../audio/index.js';
import type { MediaTools } from '../ffmpeg/index.js';
import { type Derivatives, makeDerivatives } from '../image/index.js';
import type { Workplace } from './media-processing.js';
import { storePictures } from './store-pictures.js';
import { storeSound } from './store-sound.js';

const logger = new Logger('describeAudio');

/** Metadata, stream, files and waveform of a file of sound, and thumbnails of its cover where there is one. */
export async function describeAudio(
  place: Workplace,
  { tools, config }: { tools: MediaTools; config: ProcessingConfig },
): Promise<Omit<Outcome, 'prefix'>> {
  const { signal } = place;
  const outDir = join(place.workDir, 'audio');
  await mkdir(outDir);
  const audio = await new AudioProcessor(tools, config.video).process({
    path: place.originalPath,
    contentType: place.media.contentType,
    outDir,
    signal,
  });
  const { durationMs, metadata, coverPath } = audio;
  const cover = coverPath === null ? null : await pictureOf(coverPath, { place, config, outDir });
  const sound = await makeSound(tools, {
    audio,
    outDir,
    limits: config.video,
    settings: config.audio,
    signal,
    onProgress: (percent) => place.reportProgress(percent),
  });
  const { loudness, damaged } = sound;
  return {
    facts: {
      durationMs,
      metadata: { ...metadata, loudness, damaged, ...cover?.look },
      width: null,
      height: null,
      placeholder: cover?.placeholder ?? null,
    },
    variants: [
      ...(cover ? await storePictures(place.attempt, cover.derivatives) : []),
      ...(await storeSound(place.attempt, sound)),
    ],
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
