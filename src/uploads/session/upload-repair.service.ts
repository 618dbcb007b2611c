import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { DomainError } from '../../common/index.js';
import { Database } from '../../database/index.js';
import { QuotaService } from '../../quota/index.js';
import { PendingDeletions, uploadPrefix } from '../../storage/index.js';
import { Upload } from '../entities/upload.entity.js';
import { afterlife } from './upload-sessions.service.js';

/** Gives open sessions back what they must have, where a check has found that it is missing. */
@Injectable()
export class UploadRepairService {
  constructor(
    private readonly database: Database,
    private readonly quota: QuotaService,
    private readonly deletions: PendingDeletions,
  ) {}

  /**
   * Claims quota again for a session that has no reservation.
   * @returns false when the quota has no room, or the session needs none any more
   */
  async restoreReservation(id: string): Promise<boolean> {
    try {
      return await this.onOpen(id, async (tx, { ownerId, orgId, expiresAt, ...upload }) => {
        const held = await tx.execute<object[]>('select from quota_reservation where id = ?', [id]);
        if (held.length > 0) return false;
        const owner = { userId: ownerId, orgId };
        await this.quota.reserve(tx, id, {
          owner,
          bytes: neededBytes(upload),
          expiresAt: afterlife(expiresAt),
        });
        return true;
      });
    } catch (error) {
      if (error instanceof DomainError && error.code === 'QUOTA_EXCEEDED') return false;
      throw error;
    }
  }

  /** Registers the place of a session that is not in the ledger. @returns false when it needs none any more */
  restoreLedgerEntry(id: string): Promise<boolean> {
    return this.onOpen(id, (tx, { expiresAt }) =>
      this.deletions.registerOrphan(tx, uploadPrefix(id), afterlife(expiresAt)),
    );
  }

  /** Counts the stored parts of a multipart session again. @returns false for what is not one, or open no more */
  recountParts(id: string): Promise<boolean> {
    return this.onOpen(id, async (tx, { protocol }) => {
      if (protocol !== 'multipart') return false;
      await tx.execute(
        `update upload set offset_bytes =
           (select coalesce(sum(size_bytes), 0) from upload_part where upload_id = ? and receipt is not null)
         where id = ?`,
        [id, id],
        'run',
      );
      return true;
    });
  }

  /** The session is locked: it neither ends nor becomes a media meanwhile. */
  private onOpen(
    id: string,
    repair: (tx: EntityManager, upload: Upload) => Promise<boolean>,
  ): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const open = await tx.execute<object[]>(
        `select from upload where id = ? and state in ('open', 'finishing') for update`,
        [id],
      );
      return open.length > 0 && repair(tx, await tx.findOneOrFail(Upload, { id }));
    });
  }
}

/** What a session has claimed at its beginning; a final one (Concatenation) gets what its parts have claimed. */
function neededBytes({
  tusConcat,
  sizeBytes,
  offsetBytes,
}: Pick<Upload, 'tusConcat' | 'sizeBytes' | 'offsetBytes'>): number {
  return tusConcat?.startsWith('final') ? 0 : (sizeBytes ?? offsetBytes);
}
