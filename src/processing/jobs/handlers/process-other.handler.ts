import { Injectable } from '@nestjs/common';
import { MediaLifecycleService } from '../../../media/index.js';
import { JobHandler, type MediaJobPayload } from '../job-handler.js';

/** Documents and others are kept as they are: once clean they are ready. */
@Injectable()
export class ProcessOtherHandler extends JobHandler {
  override readonly job = 'media.process-other';

  constructor(private readonly lifecycle: MediaLifecycleService) {
    super();
  }

  override async handle({ mediaId: id, generation }: MediaJobPayload): Promise<void> {
    await this.lifecycle.complete({ id, generation }, { facts: {}, variants: [], prefix: null });
  }
}
