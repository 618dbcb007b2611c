import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/index.js';
import { Media, unfinishedStatuses } from '../../../media/index.js';
import { type JobContext, JobHandler } from '../job-handler.js';
import { MediaRevival } from '../media-revival.js';

/** A media that did not move for this long is looked at: longer than outbox and backoff usually take. */
const STUCK_MS = 60_000;
const BATCH = 200;

/**
 * Puts media that stand still back into the queue. The database alone says what is to be done, so a
 * queue that lost everything is filled again, and a job that ran out of attempts ends its media.
 */
@Injectable()
export class ReconcileHandler extends JobHandler {
  override readonly job = 'media.reconcile';

  constructor(
    private readonly database: Database,
    private readonly revival: MediaRevival,
  ) {
    super();
  }

  override async handle(_payload: object, { signal }: JobContext): Promise<void> {
    const unit = this.database.unit();
    let after = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const stuck = await unit.find(
        Media,
        {
          id: { $gt: after },
          status: { $in: [...unfinishedStatuses] },
          deletedAt: null,
          updatedAt: { $lt: new Date(Date.now() - STUCK_MS) },
        },
        { orderBy: { id: 'asc' }, limit: BATCH, disableIdentityMap: true },
      );
      for (const media of stuck) {
        if (signal.aborted) return;
        await this.revival.revive(media);
      }
      const last = stuck.at(-1);
      if (!last || stuck.length < BATCH) return;
      after = last.id;
    }
  }
}
