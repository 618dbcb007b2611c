import { Inject, Injectable } from '@nestjs/common';
import { newId } from '../../../common/index.js';
import { type ProcessingConfig, processingConfig } from '../../../config/index.js';
import type { NewVariant, Supplement } from '../../../media/index.js';
import { MediaTools } from '../../ffmpeg/index.js';
import { makePreview, makeStoryboard, storyboardContentType } from '../../video/pictures/index.js';
import { type JobContext, JobHandler, type MediaJobPayload } from '../job-handler.js';
import { probeFilm } from '../probe-film.js';
import { type SupplementPlace, SupplementWork } from '../supplement-work.js';

/** Storyboard and preview of a video that can be played already. */
@Injectable()
export class MakePicturesHandler extends JobHandler {
  override readonly job = 'media.make-pictures';

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
    const limits = this.config.video;
    const probe = await probeFilm(this.tools, place, limits);
    const request = { probe, outDir: place.workDir, limits, signal: place.signal };
    const { directory, plan } = await makeStoryboard(this.tools, request);
    const preview = await makePreview(this.tools, request);
    const name = 'supplement/storyboard';
    const stored = await place.attempt.putDirectory(directory, name, storyboardContentType);
    const storyboard: NewVariant = {
      id: newId(),
      kind: 'storyboard',
      name: 'storyboard',
      contentType: 'text/vtt',
      width: plan.tileWidth,
      height: plan.tileHeight,
      bitrate: null,
      sizeBytes: stored.sizeBytes,
      storageKey: stored.prefix,
    };
    const contentType = 'image/webp';
    const animation: NewVariant = {
      id: newId(),
      kind: 'preview',
      name: 'preview',
      contentType,
      width: preview.width,
      height: preview.height,
      bitrate: null,
      sizeBytes: preview.sizeBytes,
      storageKey: await place.attempt.put(preview.path, 'supplement/preview.webp', contentType),
    };
    return { variants: [storyboard, animation] };
  }
}
