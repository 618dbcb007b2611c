import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/index.js';
import { DomainError } from '../common/index.js';
import { Database } from '../database/index.js';
import { QuotaService } from '../quota/index.js';
import { CachePurges } from './cache-purges.js';
import { Media } from './entities/media.entity.js';
import { MediaAccess } from './media-access.js';
import type { ExpectedVersion } from './media-catalogue.service.js';
import { mediaErrors } from './media.errors.js';
import { MediaLookup } from './media-lookup.js';
import { MediaRepository } from './media.repository.js';
import { StoredOriginals } from './stored-originals.js';

export interface RemovalResult {
  id: string;
  error: DomainError | null;
}

/** How a media must still be when it is purged; null: however it is. */
interface PurgeCondition {
  version?: ExpectedVersion;
  trashedBefore?: Date | null;
}

interface PurgedRow {
  owner_id: string;
  org_id: string | null;
  size_bytes: string;
  blob_id: string | null;
}

/** To the trash, and for good. */
@Injectable()
export class MediaRemovalService {
  constructor(
    private readonly database: Database,
    private readonly access: MediaAccess,
    private readonly repository: MediaRepository,
    private readonly lookup: MediaLookup,
    private readonly quota: QuotaService,
    private readonly originals: StoredOriginals,
    private readonly purges: CachePurges,
  ) {}

  /**
   * Moves a media to the trash, or purges it. Removing what is in the trash already is fine.
   * @throws MEDIA_NOT_FOUND, MEDIA_FORBIDDEN, MEDIA_CHANGED
   */
  async remove(
    principal: Principal,
    { id, version }: { id: string; version: ExpectedVersion },
    permanent: boolean,
  ): Promise<void> {
    const media = await this.access.changeable(principal, id);
    if (version !== null && version !== media.version) throw mediaErrors.MEDIA_CHANGED();
    if (permanent) {
      if (!(await this.purge(id, { version })) && version !== null) throw mediaErrors.MEDIA_CHANGED();
    } else if (media.deletedAt === null) {
      const changed = await this.trash(id, version);
      if (!changed && version !== null) throw mediaErrors.MEDIA_CHANGED();
      await this.lookup.forget(id);
    }
  }

  private trash(id: string, version: ExpectedVersion): Promise<Media | null> {
    return this.database.transaction(async (tx) => {
      const trashed = await this.repository.update(tx, { id, version }, { deletedAt: new Date() });
      if (trashed) await this.purges.request(tx, id);
      return trashed;
    });
  }

  /** Removes each media on its own; one that fails harms no other. */
  async removeAll(
    principal: Principal,
    ids: readonly string[],
    permanent: boolean,
  ): Promise<RemovalResult[]> {
    const results: RemovalResult[] = [];
    for (const id of ids) {
      try {
        await this.remove(principal, { id, version: null }, permanent);
        results.push({ id, error: null });
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        results.push({ id, error });
      }
    }
    return results;
  }

  /**
   * Removes row, variants and usage in one transaction; the bytes follow by job after the grace period.
   * @returns false when it was gone already, or is not as the condition says
   */
  private async purge(
    id: string,
    { version = null, trashedBefore = null }: PurgeCondition,
  ): Promise<boolean> {
    const purged = await this.database.transaction(async (tx) => {
      const rows = await tx.execute<PurgedRow[]>(
        `delete from media
         where id = ? and version = coalesce(?::int, version) and (?::timestamptz is null or deleted_at < ?)
         returning owner_id, org_id, size_bytes, blob_id`,
        [id, version, trashedBefore, trashedBefore],
      );
      const row = rows[0];
      if (!row) return false;
      // Reservation, accounts, originals: in this order a commit locks them. Bytes may still be on their way.
      await this.quota.release(tx, id);
      await this.quota.discharge(tx, { userId: row.owner_id, orgId: row.org_id }, Number(row.size_bytes));
      await this.originals.release(tx, { mediaId: id, originalId: row.blob_id });
      await this.purges.request(tx, id);
      return true;
    });
    await this.lookup.forget(id);
    return purged;
  }

  /** Purges up to `limit` media that went to the trash before a moment. @returns how many */
  async purgeTrash(before: Date, limit: number): Promise<number> {
    const rows = await this.database
      .unit()
      .find(Media, { deletedAt: { $lt: before } }, { fields: ['id'], limit, orderBy: { deletedAt: 'asc' } });
    // Not without asking again: its owner may just have taken it out of the trash.
    for (const { id } of rows) await this.purge(id, { trashedBefore: before });
    return rows.length;
  }
}
