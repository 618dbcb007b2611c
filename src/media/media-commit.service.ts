import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Visibility } from '../auth/index.js';
import { Database } from '../database/index.js';
import { Outbox } from '../events/index.js';
import { QuotaService } from '../quota/index.js';
import { mediaPrefix, PendingDeletions } from '../storage/index.js';
import { Media } from './entities/media.entity.js';
import { scanJob } from './media-jobs.js';
import type { MediaKind } from './media-status.js';
import { mediaErrors } from './media.errors.js';

/** An upload whose bytes are durable under the media's original key. */
export interface ReceivedUpload {
  /** Of the reservation and of the media that it becomes. */
  id: string;
  ownerId: string;
  orgId: string | null;
  filename: string;
  contentType: string;
  kind: MediaKind;
  sizeBytes: number;
  sha256: string;
  visibility: Visibility;
  tags: string[];
  customMetadata: Record<string, unknown>;
}

/** Where every upload protocol ends. */
@Injectable()
export class MediaCommitService {
  constructor(
    private readonly database: Database,
    private readonly quota: QuotaService,
    private readonly deletions: PendingDeletions,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Makes the media: row, usage, ownership of the bytes and the job that scans them, in one transaction.
   * @param within runs first in that transaction: what must hold exactly when the media is there
   * @throws RESERVATION_LOST, UPLOAD_EXPIRED when the upload's time was over: its bytes are being deleted
   */
  async commit(upload: ReceivedUpload, within?: (tx: EntityManager) => Promise<void>): Promise<Media> {
    return this.database.transaction(async (tx) => {
      await within?.(tx);
      await this.quota.commit(tx, upload.id, upload.sizeBytes);
      if (!(await this.deletions.claim(tx, mediaPrefix(upload.id)))) throw mediaErrors.UPLOAD_EXPIRED();
      await tx.insert(Media, { ...upload, status: 'scanning' });
      await this.outbox.add(tx, scanJob({ id: upload.id, generation: 1 }));
      return tx.findOneOrFail(Media, { id: upload.id });
    });
  }
}
