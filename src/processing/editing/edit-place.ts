import { Inject, Injectable, Logger } from '@nestjs/common';
import { newId } from '../../common/index.js';
import { type UploadsConfig, uploadsConfig } from '../../config/index.js';
import { Database } from '../../database/index.js';
import { type QuotaOwner, QuotaService } from '../../quota/index.js';
import { PendingDeletions, uploadKey, uploadPrefix } from '../../storage/index.js';

/** What one attempt of an edit holds: a place in the store, to be claimed by the commit, and its owner's quota. */
export interface EditHold {
  /** Of the attempt. */
  attemptId: string;
  key: string;
  /** Claims what the result is larger than what is claimed. @throws QUOTA_EXCEEDED, RESERVATION_LOST */
  claim(sizeBytes: number): Promise<void>;
  /** Deletes what was written, when it will not be committed. */
  discard(): Promise<void>;
}

@Injectable()
export class EditPlaces {
  private readonly logger = new Logger(EditPlaces.name);

  constructor(
    private readonly database: Database,
    private readonly deletions: PendingDeletions,
    private readonly quota: QuotaService,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
  ) {}

  /**
   * Runs an attempt with a place and the media's reservation, both kept from expiring meanwhile. A reservation that
   * is gone begins again at nothing.
   */
  async use<T>(id: string, owner: QuotaOwner, work: (hold: EditHold) => Promise<T>): Promise<T> {
    const attemptId = newId();
    const prefix = uploadPrefix(attemptId);
    const expiresAt = () => new Date(Date.now() + this.config.reservationTtlMs);
    const keep = () =>
      this.database.transaction(async (tx) => {
        await this.quota.keep(tx, id, { owner, expiresAt: expiresAt() });
      });
    await keep();
    await this.deletions.register(this.database.unit(), prefix, expiresAt());
    const renewal = setInterval(() => {
      Promise.all([keep(), this.deletions.extend(prefix, expiresAt())]).catch((error: unknown) => {
        this.logger.warn({ err: error, mediaId: id }, 'an edit could not renew what it holds');
      });
    }, this.config.reservationTtlMs / 3);
    const discard = () => this.deletions.discard(prefix);
    try {
      return await work({
        attemptId,
        key: uploadKey(attemptId),
        claim: async (sizeBytes) => {
          const missing = Math.max(0, sizeBytes - (await this.quota.reservedBytes(id)));
          await this.quota.extend(id, owner, missing);
        },
        discard,
      });
    } catch (error) {
      await discard();
      throw error;
    } finally {
      clearInterval(renewal);
    }
  }
}
