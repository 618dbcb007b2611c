import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/index.js';
import { Media, unfinishedStatuses } from '../../../media/index.js';
import { jobOf, JobQueues, MediaRevival } from '../../../processing/index.js';
import { Check } from '../check.js';
import type { Inspection } from '../inspection.js';

/**
 * The job media.reconcile takes up what stands still for a minute, every minute: a queue that lost its data, a job
 * that ran out of attempts, media that came back from the trash after their job had ended for nothing.
 */
const STANDSTILL_MS = 3 * 60_000;
const BATCH = 200;

/** Media that are not finished have a job in the queue, or a request for it in the outbox. */
@Injectable()
export class StandingMediaCheck extends Check {
  constructor(
    private readonly database: Database,
    private readonly queues: JobQueues,
    private readonly revival: MediaRevival,
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
    const jobIds = page.map((media) => jobOf(media).jobId);
    const waiting = await this.database
      .unit()
      .execute<{ job_id: string }[]>('select job_id from outbox where job_id in (?)', [jobIds]);
    const requested = new Set(waiting.map(({ job_id }) => job_id));
    for (const media of page) {
      if (!requested.has(jobOf(media).jobId)) await this.lookAtJob(media, inspection);
    }
  }

  /** A job moves its media before it ends: so one that has not moved after the look had no job at the look. */
  private async lookAtJob(media: Media, inspection: Inspection): Promise<void> {
    const request = jobOf(media);
    const state = await this.queues.stateOf(request);
    if (state === 'pending' || !(await this.stands(media))) return;
    const detail = `it is ${media.status} since ${media.updatedAt.toISOString()}, its job ${request.job} is ${state}`;
    await inspection.report({ kind: 'media.without-job', subject: media.id, detail }, () =>
      this.revival.revive(media),
    );
  }

  private async stands({ id, status, generation, originalId }: Media): Promise<boolean> {
    const count = await this.database
      .unit()
      .count(Media, { ...this.standing(), id, status, generation, originalId });
    return count > 0;
  }
}
