import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/index.js';
import { Media, unfinishedStatuses } from '../../../media/index.js';
import { JobQueues, MediaRevival, OpenJobs } from '../../../processing/index.js';
import type { JobRequest } from '../../../events/index.js';
import { Check } from '../check.js';
import type { Inspection } from '../inspection.js';

/**
 * The job media.reconcile takes up what stands still for a minute, every minute: a queue that lost its data, a job
 * that ran out of attempts, media that came back from the trash after their job had ended for nothing.
 */
const STANDSTILL_MS = 3 * 60_000;
const BATCH = 200;

/** Media that are not finished have all their open jobs in the queue, or requests for them in the outbox. */
@Injectable()
export class StandingMediaCheck extends Check {
  constructor(
    private readonly database: Database,
    private readonly queues: JobQueues,
    private readonly revival: MediaRevival,
    private readonly open: OpenJobs,
  ) {
    super();
  }

  override async run(inspection: Inspection): Promise<void> {
    for (let after: string | undefined = '00000000-0000-0000-0000-000000000000'; after !== undefined;) {
      const page: Media[] = await this.database
        .unit()
        .find(Media, { ...this.standing(), id: { $gt: after } }, { orderBy: { id: 'asc' }, limit: BATCH });
      if (page.length > 0) await this.look(page, inspection);
      await inspection.looked('standingMedia', page.length);
      after = page.at(-1)?.id;
    }
  }

  private standing() {
    return {
      status: { $in: [...unfinishedStatuses] },
      deletedAt: null,
      updatedAt: { $lt: new Date(Date.now() - STANDSTILL_MS) },
    };
  }

  /** The outbox first: a request leaves it when its job is in the queue. */
  private async look(page: readonly Media[], inspection: Inspection): Promise<void> {
    for (const media of page) {
      const requests = await this.open.of(media);
      const jobIds = requests.map(({ jobId }) => jobId);
      const waiting = await this.database
        .unit()
        .execute<{ job_id: string }[]>('select job_id from outbox where job_id in (?)', [jobIds]);
      const requested = new Set(waiting.map(({ job_id }) => job_id));
      await this.lookAtJobs(
        media,
        requests.filter(({ jobId }) => !requested.has(jobId)),
        inspection,
      );
    }
  }

  /** A job moves its media before it ends: so one that has not moved after the look had no job at the look. */
  private async lookAtJobs(
    media: Media,
    requests: readonly JobRequest[],
    inspection: Inspection,
  ): Promise<void> {
    for (const request of requests) {
      const state = await this.queues.stateOf(request);
      if (state === 'pending') continue;
      if (!(await this.stands(media))) return;
      const detail = `it is ${media.status} since ${media.updatedAt.toISOString()}, its job ${request.job} is ${state}`;
      // All its jobs are taken up at once.
      return inspection.report({ kind: 'media.without-job', subject: media.id, detail }, () =>
        this.revival.revive(media),
      );
    }
  }

  private async stands({ id, status, generation, originalId }: Media): Promise<boolean> {
    const count = await this.database
      .unit()
      .count(Media, { ...this.standing(), id, status, generation, originalId });
    return count > 0;
  }
}
