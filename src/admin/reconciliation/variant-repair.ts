import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/index.js';
import { Database } from '../../database/index.js';
import { Media, MediaLifecycleService, StoredOriginals } from '../../media/index.js';
import { attemptPrefix, ObjectStore, PendingDeletions } from '../../storage/index.js';

/** Variants can always be made again, as long as their original is there. */
@Injectable()
export class VariantRepair {
  constructor(
    private readonly database: Database,
    private readonly originals: StoredOriginals,
    private readonly lifecycle: MediaLifecycleService,
    private readonly store: ObjectStore,
    private readonly deletions: PendingDeletions,
  ) {}

  /** Asks for the processing of a media again. @returns false when its original is gone, or it stands elsewhere */
  async remake(mediaId: string): Promise<boolean> {
    const media = await this.database.unit().findOne(Media, { id: mediaId, deletedAt: null });
    if (!media || !['ready', 'failed'].includes(media.status)) return false;
    const original = await this.originals.find(media);
    if (!original) return false;
    // A processing that finds no bytes would end what can still be shown in part.
    if ((await this.store.head(original.storageKey))?.sizeBytes !== original.sizeBytes) return false;
    try {
      await this.lifecycle.restart(media);
      return true;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'MEDIA_NOT_REPROCESSABLE') return false;
      throw error;
    }
  }

  /** Forgets the stored result of a transform; the next request makes it anew. */
  forgetTransform(id: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const rows = await tx.execute<{ storage_key: string }[]>(
        `delete from variant where id = ? and kind = 'transform' returning storage_key`,
        [id],
      );
      for (const { storage_key } of rows) {
        await this.deletions.register(tx, attemptPrefix(storage_key), new Date());
      }
      return rows.length > 0;
    });
  }
}
