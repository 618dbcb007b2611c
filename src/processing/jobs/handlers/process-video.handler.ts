import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { type ProcessingConfig, processingConfig } from '../../../config/index.js';
import type { Outcome } from '../../../media/index.js';
import { MediaTools } from '../../ffmpeg/index.js';
import { makeDerivatives } from '../../image/index.js';
import { type FilmProbe, isFilm, VideoProcessor } from '../../video/index.js';
import { describeAudio } from '../describe-audio.js';
import { type JobContext, JobHandler, type MediaJobPayload } from '../job-handler.js';
import { MediaProcessing, type Workplace } from '../media-processing.js';
import { storePictures } from '../store-pictures.js';
import { storeVideo } from '../store-video.js';

/** Metadata, HLS, poster and, when configured, MP4 files of a video. */
@Injectable()
export class ProcessVideoHandler extends JobHandler {
  override readonly job = 'media.process-video';
  private readonly processor: VideoProcessor;

  constructor(
    private readonly processing: MediaProcessing,
    private readonly tools: MediaTools,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {
    super();
    this.processor = new VideoProcessor(tools, config.video);
  }

  override handle(payload: MediaJobPayload, context: JobContext): Promise<void> {
    return this.processing.run(payload, context, async (place) => {
      const { media, originalPath, workDir, signal } = place;
      const request = { path: originalPath, contentType: media.contentType, workDir, signal };
      const probe = await this.processor.probe(request);
      if (isFilm(probe)) return this.process(place, probe);
      // Sound in a container that usually holds pictures.
      const outcome = await describeAudio(place, { tools: this.tools, config: this.config });
      return { ...outcome, facts: { ...outcome.facts, kind: 'audio' } };
    });
  }

  private async process(place: Workplace, probe: FilmProbe): Promise<Omit<Outcome, 'prefix'>> {
    const outDir = join(place.workDir, 'video');
    const pictures = join(place.workDir, 'pictures');
    await mkdir(outDir);
    await mkdir(pictures);
    const video = await this.processor.process({
      probe,
      outDir,
      signal: place.signal,
      onProgress: (percent) => place.reportProgress(percent),
    });
    const poster = await makeDerivatives(video.posterPath, {
      workDir: pictures,
      limits: this.config.image,
      signal: place.signal,
    });
    const { width, height, durationMs, metadata, damaged } = video;
    return {
      facts: {
        width,
        height,
        durationMs,
        metadata: { ...metadata, damaged, ...poster.look },
        placeholder: poster.placeholder,
      },
      variants: [
        ...(await storePictures(place.attempt, poster.derivatives)),
        ...(await storeVideo(place.attempt, video)),
      ],
    };
  }
}
