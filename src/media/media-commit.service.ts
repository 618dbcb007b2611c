import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Visibility } from '../auth/index.js';
import { Database } from '../database/index.js';
import { Outbox } from '../events/index.js';
import { QuotaService } from '../quota/index.js';
import { PendingDeletions, uploadKey, uploadPrefix } from '../storage/index.js';
import { Media } from './entities/media.entity.js';
import { hashJob, scanJob } from './media-jobs.js';
import type { MediaKind } from './media-status.js';
import { mediaErrors } from './media.errors.js';
import { spaceOf, StoredOriginals } from './stored-originals.js';

/** An upload whose bytes are durable under its key. */
export interface ReceivedUpload {
  /** Of the reservation and of the media that it becomes. */
  id: string;
  ownerId: string;
  orgId: string | null;
  filename: string;
  contentType: string;
  kind: MediaKind;
  sizeBytes: number;
  /** Lower-case hex; null when nobody has hashed the bytes yet: then a job does. */
  sha256: string | null;
  /** What the client says that the hash must be, where it is not known yet. */
  expectedSha256?: string | null;
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
    private readonly originals: StoredOriginals,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Makes the media: row, usage, ownership of the bytes and the job that scans them, or hashes them first,
   * in one transaction. Bytes that the space has already are shared, and the upload's own are swept.
   * @param within runs first in that transaction: what must hold exactly when the media is there
   * @throws RESERVATION_LOST, UPLOAD_EXPIRED when the upload's time was over: its bytes are being deleted
   */
  async commit(
    { expectedSha256 = null, ...upload }: ReceivedUpload,
    within?: (tx: EntityManager) => Promise<void>,
  ): Promise<Media> {
    const { id, sha256, sizeBytes } = upload;
    const run = { id, generation: 1 };
    return this.database.transaction(async (tx) => {
      await within?.(tx);
      await this.quota.commit(tx, id, sizeBytes);
      const originalId = await this.originals.place(tx, {
        id,
        space: spaceOf(upload),
        sha256,
        expectedSha256,
        sizeBytes,
        storageKey: uploadKey(id),
      });
      if (originalId === id) await this.claim(tx, id);
      else await this.deletions.register(tx, uploadPrefix(id), new Date());
      await tx.insert(Media, { ...upload, originalId, status: sha256 === null ? 'pending' : 'scanning' });
      await this.outbox.add(tx, sha256 === null ? hashJob(run) : scanJob(run));
      return tx.findOneOrFail(Media, { id });
    });
  }

  private async claim(tx: EntityManager, id: string): Promise<void> {
    if (!(await this.deletions.claim(tx, uploadPrefix(id)))) throw mediaErrors.UPLOAD_EXPIRED();
  }
}
