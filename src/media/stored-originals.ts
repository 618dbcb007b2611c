import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type StorageConfig, storageConfig } from '../config/index.js';
import { Database } from '../database/index.js';
import { derivedPrefix, enclosingPrefix, PendingDeletions } from '../storage/index.js';
import { StoredOriginal } from './entities/stored-original.entity.js';

export type NewOriginal = Omit<StoredOriginal, 'createdAt'>;

/** Within which equal bytes are stored once: an organization's, or those of a user who is in none. */
export function spaceOf({ ownerId, orgId }: { ownerId: string; orgId: string | null }): string {
  return orgId === null ? `user:${ownerId}` : `org:${orgId}`;
}

/**
 * Rows of originals. Who refers to one is told by foreign keys alone, never by a counter: whoever attaches a
 * media holds the row by a shared lock until the commit, and whoever purges one locks it exclusively before
 * looking whether another media still refers to it.
 */
@Injectable()
export class StoredOriginals {
  constructor(
    private readonly database: Database,
    private readonly deletions: PendingDeletions,
    @Inject(storageConfig.KEY) private readonly config: StorageConfig,
  ) {}

  /** The original of a media, or null while its bytes are not there. */
  async find({ originalId }: { originalId: string | null }): Promise<StoredOriginal | null> {
    return originalId === null ? null : this.database.unit().findOne(StoredOriginal, { id: originalId });
  }

  /**
   * The original of a media whose bytes are there.
   * @throws Error when they are not
   */
  async of(media: { id: string; originalId: string | null }): Promise<StoredOriginal> {
    const original = await this.find(media);
    if (!original) throw new Error(`the bytes of the media ${media.id} are not there`);
    return original;
  }

  /**
   * The original that a media is to refer to, for as long as the transaction lasts: the one of its space
   * that has these bytes already, else a new row.
   * @returns its id; when it is not that of `original`, the bytes of the latter are not needed
   */
  async place(tx: EntityManager, original: NewOriginal): Promise<string> {
    if (original.sha256 === null) {
      await tx.insert(StoredOriginal, original);
      return original.id;
    }
    for (;;) {
      const known = await this.hold(tx, original);
      if (known !== null) return known;
      if (await this.insert(tx, original)) return original.id;
      // Another one was first; should it be purged before we hold it, we try again.
    }
  }

  /**
   * Gives the hash to an original that had none, and that the caller's media no longer refers to.
   * @returns as `place`; bytes that are not needed go after the grace period, for a row that a backup may hold
   *   has named them
   */
  async settle(tx: EntityManager, original: StoredOriginal, sha256: string): Promise<string> {
    await tx.nativeDelete(StoredOriginal, { id: original.id });
    const { id, space, sizeBytes, storageKey } = original;
    const placed = await this.place(tx, { id, space, sha256, expectedSha256: null, sizeBytes, storageKey });
    if (placed !== id) await this.deletions.register(tx, enclosingPrefix(storageKey), this.graceEnd());
    return placed;
  }

  /**
   * Gives the bytes of a media whose row is gone to the ledger: its variants, and its original when it was the
   * last to refer to it.
   */
  async release(
    tx: EntityManager,
    { mediaId, originalId }: { mediaId: string; originalId: string | null },
  ): Promise<void> {
    const dueAt = this.graceEnd();
    await this.deletions.register(tx, derivedPrefix(mediaId), dueAt);
    if (originalId !== null) await this.releaseUnused(tx, originalId);
  }

  /**
   * Gives an original to the ledger if no media refers to it.
   * @returns false when one does, or it is gone already
   */
  async releaseUnused(tx: EntityManager, originalId: string): Promise<boolean> {
    await tx.execute('select id from blob where id = ? for update', [originalId]);
    // In a statement of its own: it sees the media of those that the lock had to wait for.
    const rows = await tx.execute<{ storage_key: string }[]>(
      `delete from blob where id = ? and not exists (select from media where blob_id = blob.id)
       returning storage_key`,
      [originalId],
    );
    for (const { storage_key } of rows) {
      await this.deletions.register(tx, enclosingPrefix(storage_key), this.graceEnd());
    }
    return rows.length > 0;
  }

  /**
   * Gives a media back the original that it has lost: its own, or the one of its space with the same bytes.
   * @returns false when there is none
   */
  async reattach(tx: EntityManager, mediaId: string): Promise<boolean> {
    const rows = await tx.execute<{ id: string }[]>(
      `update media set blob_id = blob.id from blob
       where media.id = ? and media.blob_id is null and blob.id = (
         select candidate.id from blob as candidate
          where candidate.space = case when media.org_id is null then 'user:' || media.owner_id else 'org:' || media.org_id end
            and candidate.size_bytes = media.size_bytes
            and (candidate.id = media.id or candidate.sha256 = media.sha256)
          order by candidate.id = media.id desc limit 1)
       returning media.id`,
      [mediaId],
    );
    return rows.length > 0;
  }

  private graceEnd(): Date {
    return new Date(Date.now() + this.config.purgeGraceMs);
  }

  /** Waits for a purge that is about to decide, and keeps later ones waiting. */
  private async hold(tx: EntityManager, { space, sha256 }: NewOriginal): Promise<string | null> {
    const rows = await tx.execute<{ id: string }[]>(
      'select id from blob where space = ? and sha256 = ? for key share',
      [space, sha256],
    );
    return rows[0]?.id ?? null;
  }

  /** @returns false when the space has these bytes by now */
  private async insert(tx: EntityManager, original: NewOriginal): Promise<boolean> {
    const { id, space, sha256, sizeBytes, storageKey } = original;
    const rows = await tx.execute<{ id: string }[]>(
      `insert into blob (id, space, sha256, size_bytes, storage_key) values (?, ?, ?, ?, ?)
       on conflict (space, sha256) where sha256 is not null do nothing returning id`,
      [id, space, sha256, sizeBytes, storageKey],
    );
    return rows.length === 1;
  }
}
