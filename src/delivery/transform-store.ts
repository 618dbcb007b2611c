import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { newId } from '../common/index.js';
import { Database } from '../database/index.js';
import type { RenderedImage } from '../processing/index.js';
import { ObjectStore, PendingDeletions, variantPrefix } from '../storage/index.js';

/** Long enough for one put. */
const LEASE_MS = 10 * 60_000;

/** Keeps the results of transforms as variants. */
@Injectable()
export class TransformStore {
  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly deletions: PendingDeletions,
  ) {}

  /** Stores a result and makes its row. When another process was first, or the media is gone, ours is deleted. */
  async keep(
    mediaId: string,
    hash: string,
    { data, contentType, width, height }: RenderedImage,
  ): Promise<void> {
    const prefix = variantPrefix(mediaId, newId());
    const storageKey = `${prefix}transform`;
    await this.deletions.register(this.database.unit(), prefix, new Date(Date.now() + LEASE_MS));
    await this.store.put(storageKey, Readable.from([data], { objectMode: false }), { contentType });
    const kept = await this.database.transaction(async (tx) => {
      const rows = await tx.execute<{ id: string }[]>(
        `insert into variant (id, media_id, kind, name, content_type, width, height, size_bytes, storage_key)
         select ?, id, 'transform', ?, ?, ?, ?, ?, ? from media where id = ?
         on conflict (media_id, name) do nothing returning id`,
        [newId(), hash, contentType, width, height, data.length, storageKey, mediaId],
      );
      if (rows.length === 0) return false;
      if (!(await this.deletions.claim(tx, prefix)))
        throw new Error('the result was swept before it was kept');
      return true;
    });
    if (!kept) await this.deletions.discard(prefix);
  }
}
