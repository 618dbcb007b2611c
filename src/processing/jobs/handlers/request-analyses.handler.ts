import { Inject, Injectable } from '@nestjs/common';
import { type AnalysisConfig, analysisConfig } from '../../../config/index.js';
import { analyseJob, MediaRepository } from '../../../media/index.js';
import { type JobContext, JobHandler } from '../job-handler.js';
import { JobQueues } from '../job-queues.js';

const BATCH = 200;
/** So many a run at most: about two hours' work of one process, and a run begins every hour. */
const MAX_REQUESTED = 20_000;
/** What became ready a moment ago has asked for itself. */
const MIN_AGE_MS = 10 * 60_000;

/**
 * Asks for the analysis of pictures that have none: those from before it was switched on, and those whose jobs a
 * queue has lost. Asking twice is one job.
 */
@Injectable()
export class RequestAnalysesHandler extends JobHandler {
  override readonly job = 'media.request-analyses';

  constructor(
    private readonly repository: MediaRepository,
    private readonly queues: JobQueues,
    @Inject(analysisConfig.KEY) private readonly config: AnalysisConfig,
  ) {
    super();
  }

  override async handle(_payload: object, { signal }: JobContext): Promise<void> {
    if (this.config.features.length === 0) return;
    const before = new Date(Date.now() - MIN_AGE_MS);
    let after: string | null = null;
    for (let requested = 0; requested < MAX_REQUESTED && !signal.aborted; requested += BATCH) {
      const runs = await this.repository.findNotAnalysed({ after, before, limit: BATCH });
      await this.queues.add(runs.map(analyseJob));
      const last = runs.at(-1);
      if (!last || runs.length < BATCH) return;
      after = last.id;
    }
  }
}
