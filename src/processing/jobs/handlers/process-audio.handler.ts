import { Inject, Injectable } from '@nestjs/common';
import { type ProcessingConfig, processingConfig } from '../../../config/index.js';
import { MediaTools } from '../../ffmpeg/index.js';
import { describeAudio } from '../describe-audio.js';
import { type JobContext, JobHandler, type MediaJobPayload } from '../job-handler.js';
import { MediaProcessing } from '../media-processing.js';

/** Metadata of sound, and its cover as thumbnails. */
@Injectable()
export class ProcessAudioHandler extends JobHandler {
  override readonly job = 'media.process-audio';

  constructor(
    private readonly processing: MediaProcessing,
    private readonly tools: MediaTools,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {
    super();
  }

  override handle(payload: MediaJobPayload, context: JobContext): Promise<void> {
    return this.processing.run(payload, context, (place) =>
      describeAudio(place, { tools: this.tools, config: this.config }),
    );
  }
}
