import { Inject, Injectable, Logger } from '@nestjs/common';
import { type UploadsConfig, uploadsConfig } from '../../../config/index.js';
import { IdempotencyService } from '../../../idempotency/index.js';
import { MediaRemovalService } from '../../../media/index.js';
import { QuotaAccountsService, QuotaService } from '../../../quota/index.js';
import { ObjectStore, PendingDeletions } from '../../../storage/index.js';
import { exhaust } from '../exhaust.js';
import { type JobContext, JobHandler } from '../job-handler.js';

const BATCH = 100;
const DAY_MS = 24 * 3_600_000;
/** Unfinished puts that grew for this long are of dead processes. */
const UNFINISHED_MS = DAY_MS;

/** Answers that were kept for their time are forgotten. */
@Injectable()
export class ExpireIdempotencyKeysHandler extends JobHandler {
  override readonly job = 'idempotency.expire';

  constructor(private readonly idempotency: IdempotencyService) {
    super();
  }

  override async handle(_payload: object, { signal }: JobContext): Promise<void> {
    await exhaust(signal, BATCH, () => this.idempotency.expire(BATCH));
  }
}

/** Media that lay in the trash for the configured time are purged. */
@Injectable()
export class PurgeTrashHandler extends JobHandler {
  override readonly job = 'media.purge-trash';

  constructor(
    private readonly removal: MediaRemovalService,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
  ) {
    super();
  }

  override async handle(_payload: object, { signal }: JobContext): Promise<void> {
    const before = new Date(Date.now() - this.config.trashRetentionDays * DAY_MS);
    await exhaust(signal, BATCH, () => this.removal.purgeTrash(before, BATCH));
  }
}

/** Quota claimed by uploads that never ended is given back. */
@Injectable()
export class ReleaseExpiredHandler extends JobHandler {
  override readonly job = 'quota.release-expired';

  constructor(private readonly quota: QuotaService) {
    super();
  }

  override async handle(_payload: object, { signal }: JobContext): Promise<void> {
    await exhaust(signal, BATCH, () => this.quota.releaseExpired(BATCH));
  }
}

/** Quota counters are compared with the rows they count. */
@Injectable()
export class RecalculateQuotaHandler extends JobHandler {
  override readonly job = 'quota.recalculate';
  private readonly logger = new Logger(RecalculateQuotaHandler.name);

  constructor(private readonly accounts: QuotaAccountsService) {
    super();
  }

  override async handle(): Promise<void> {
    const drifts = await this.accounts.recalculate();
    if (drifts.length > 0) this.logger.warn({ drifts }, 'quota counters had drifted and were mended');
  }
}

/** Bytes that nobody owns are deleted. */
@Injectable()
export class SweepHandler extends JobHandler {
  override readonly job = 'storage.sweep';

  constructor(private readonly deletions: PendingDeletions) {
    super();
  }

  override async handle(_payload: object, { signal }: JobContext): Promise<void> {
    await exhaust(signal, BATCH, () => this.deletions.sweep(BATCH));
  }
}

/** What killed processes left half-written in the store is deleted. */
@Injectable()
export class SweepUnfinishedHandler extends JobHandler {
  override readonly job = 'storage.sweep-unfinished';

  constructor(private readonly store: ObjectStore) {
    super();
  }

  override async handle(): Promise<void> {
    await this.store.sweepUnfinished(UNFINISHED_MS);
  }
}
