import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { type ProcessingConfig, processingConfig } from '../../../config/index.js';
import type { Supplement } from '../../../media/index.js';
import { MediaTools } from '../../ffmpeg/index.js';
import { makeDerivatives } from '../../image/index.js';
import { takeFrameAt } from '../../video/pictures/index.js';
import { takePoster } from '../../video/index.js';
import { type JobContext, JobHandler, type MediaJobPayload } from '../job-handler.js';
import { probeFilm } from '../probe-film.js';
import { storePictures } from '../store-pictures.js';
import { type SupplementPlace, SupplementWork } from '../supplement-work.js';

/** Thumbnails and placeholder of a video, of the picture that its owner has chosen. */
@Injectable()
export class MakePosterHandler extends JobHandler {
  override readonly job = 'media.make-poster';

  constructor(
    private readonly work: SupplementWork,
    private readonly tools: MediaTools,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {
    super();
  }

  override handle(payload: MediaJobPayload, context: JobContext): Promise<void> {
    return this.work.run(payload, context, (place) => this.make(place));
  }

  private async make(place: SupplementPlace): Promise<Omit<Supplement, 'prefix'>> {
    const { media, attempt, workDir: outDir, signal } = place;
    const { posterMs } = media;
    const limits = this.config.video;
    const probe = await probeFilm(this.tools, place, limits);
    const request = { probe, outDir, limits, signal };
    const poster =
      posterMs === null
        ? await takePoster(this.tools, request)
        : await takeFrameAt(this.tools, request, posterMs / 1000);
    const workDir = join(outDir, 'pictures');
    await mkdir(workDir);
    const pictures = await makeDerivatives(poster, { workDir, limits: this.config.image, signal });
    const variants = await storePictures(
      { put: (path, name, contentType) => attempt.put(path, `supplement/${name}`, contentType) },
      pictures.derivatives,
    );
    // Another choice may have been made meanwhile: its own job follows.
    return { variants, facts: { placeholder: pictures.placeholder }, provided: { posterMs } };
  }
}
