import { Inject, Injectable } from '@nestjs/common';
import { type StorageConfig, storageConfig } from '../../config/index.js';
import { Database } from '../../database/index.js';
import { PendingDeletions } from '../../storage/index.js';
import type { KeyOwner } from './key-owner.js';

/** Tells whose the objects of the store are. */
@Injectable()
export class ObjectOwners {
  constructor(
    private readonly database: Database,
    private readonly deletions: PendingDeletions,
    @Inject(storageConfig.KEY) private readonly config: StorageConfig,
  ) {}

  /**
   * Those of the objects that no row owns at this moment: no original, variant, run of a video or open upload, and
   * nothing that is to be deleted. What a plan of a video makes is many attempts under one prefix, each owned by itself. One statement, for a commit moves what it owns from the ledger to a row, and a purge back.
   */
  async unowned(objects: readonly KeyOwner[]): Promise<Set<string>> {
    if (objects.length === 0) return new Set();
    const rows = await this.database.unit().execute<{ key: string }[]>(
      `select object.key
         from jsonb_to_recordset(?::jsonb)
              as object (key text, prefixes text[], upload uuid, media uuid, attempt text)
        where not exists (select from blob where storage_key = object.key)
          and not exists (select from pending_deletion where prefix = any (object.prefixes))
          and not exists (select from upload where id = object.upload and state in ('open', 'finishing'))
          and not exists (select from video_run where prefix = any (object.prefixes))
          and not exists (select from video_plan
                           where media_id = object.media and pictures ->> 'prefix' = any (object.prefixes))
          and not exists (select from variant
                           where media_id = object.media
                             and (storage_key = object.key
                               or starts_with(storage_key, object.attempt)
                                 and not exists (select from video_plan
                                                  where media_id = object.media
                                                    and strpos(object.attempt, video_plan.id::text) > 0)))`,
      [JSON.stringify(objects)],
    );
    return new Set(rows.map(({ key }) => key));
  }

  /**
   * Registers what nobody owns in the ledger: the shortest prefix under which nobody owns anything else, due after
   * the grace period.
   * @returns false when there is no such prefix; true also when it was registered meanwhile, with others beside it
   */
  async disown(object: KeyOwner): Promise<boolean> {
    if (!(await this.unowned([object])).has(object.key)) return true;
    for (const prefix of object.prefixes) {
      const dueAt = new Date(Date.now() + this.config.purgeGraceMs);
      const { originalKey, media } = object;
      const registered = await this.database.transaction(async (tx) => {
        const owned = await tx.execute<object[]>(
          `select from blob where storage_key = ? and starts_with(storage_key, ?)
           union all select from variant where media_id = ?::uuid and starts_with(storage_key, ?)
           union all select from video_plan where media_id = ?::uuid and starts_with(pictures ->> 'prefix', ?)
           union all select from video_run join video_plan on video_plan.id = plan_id
                      where media_id = ?::uuid and starts_with(prefix, ?)`,
          [originalKey, prefix, media, prefix, media, prefix, media, prefix],
        );
        return owned.length === 0 && this.deletions.registerOrphan(tx, prefix, dueAt);
      });
      if (registered) return true;
    }
    return false;
  }
}
