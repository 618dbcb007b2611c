import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { newId } from '../../common/index.js';
import { type DatabaseConfig, databaseConfig } from '../../config/index.js';
import { Database } from '../../database/index.js';
import type { RenderedImage } from '../../processing/index.js';
import { attemptPrefix, ObjectStore, PendingDeletions, variantPrefix } from '../../storage/index.js';
import type { StoredTransform } from './stored-transform.js';
import { tellOfEnd, type TransformKey, type TransformLease } from './transform-lease.js';

/** Long enough for one put. */
const LEASE_MS = 10 * 60_000;
/** How long replaced bytes stay, at least, for those who have looked them up and not read them yet. */
const REPLACED_MS = 10 * 60_000;

/**
 * Media, hash, prefix, token of the lease, and the columns of the variant from its id on. One statement, for a round
 * trip to the database costs as much as a tenth of a small transform. The row in the ledger is locked first, so that
 * no sweep can begin between the two changes.
 */
const keepStatement = {
  name: 'transform-store.keep',
  text: `with ledger as (
       select prefix from pending_deletion where prefix = $3::text and sweeping_at is null for update
     ), kept as (
       insert into variant (id, media_id, kind, name, content_type, width, height, size_bytes, storage_key, provisional)
       select $5::uuid, media.id, 'transform', $2::text, $6, $7::int, $8::int, $9::bigint, $10, $11::boolean
         from media, ledger where media.id = $1::uuid
       on conflict (media_id, name) do nothing returning id, created_at
     ), claimed as (
       delete from pending_deletion using ledger, kept where pending_deletion.prefix = ledger.prefix
     ), released as (
       delete from transform_lease where media_id = $1::uuid and name = $2::text and token = $4::uuid
       returning media_id, name, wanted
     ), told as (
       select ${tellOfEnd} from released where wanted
     )
     select (select count(*) from told) as told, id, created_at
       from (select) as always left join kept on true`,
};

/** Keeps the results of transforms as variants. */
@Injectable()
export class TransformStore {
  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly deletions: PendingDeletions,
    @Inject(databaseConfig.KEY) private readonly config: DatabaseConfig,
  ) {}

  /**
   * Stores a result and makes its row.
   * @param provisional it was made in a hurry, and can be made smaller
   * @param lease what it was made with, if any: it is given back
   * @returns null when another process was first, or the media is gone: ours is deleted
   */
  async keep(
    key: TransformKey,
    image: RenderedImage,
    { provisional, lease }: { provisional: boolean; lease?: TransformLease },
  ): Promise<StoredTransform | null> {
    const { prefix, storageKey } = await (lease ? this.putWith(lease, image) : this.put(key.mediaId, image));
    const { contentType, width, height, data } = image;
    const [row] = await this.database.run<KeptRow>(keepStatement, [
      key.mediaId,
      key.hash,
      prefix,
      lease?.terms.token ?? null,
      newId(),
      contentType,
      width,
      height,
      data.length,
      storageKey,
      provisional,
    ]);
    lease?.end();
    if (!row || row.id === null) {
      await this.deletions.discard(prefix);
      return null;
    }
    const createdAt = new Date(row.created_at).toISOString();
    return {
      id: row.id,
      hash: key.hash,
      contentType,
      sizeBytes: data.length,
      storageKey,
      provisional,
      createdAt,
      lastUsedAt: createdAt,
    };
  }

  /**
   * Puts better bytes in the place of provisional ones, unless they are no smaller; the old ones stay a while for
   * those who are reading them.
   * @returns whether anything was replaced
   */
  async upgrade({ mediaId }: TransformKey, old: StoredTransform, image: RenderedImage): Promise<boolean> {
    if (image.data.length >= old.sizeBytes) {
      await this.database
        .unit()
        .execute('update variant set provisional = false where id = ?', [old.id], 'run');
      return false;
    }
    const { prefix, storageKey } = await this.put(mediaId, image);
    const swapped = await this.database.transaction(async (tx) => {
      const rows = await tx.execute<{ id: string }[]>(
        `update variant set storage_key = ?, size_bytes = ?, provisional = false, created_at = now()
          where id = ? and storage_key = ? returning id`,
        [storageKey, image.data.length, old.id, old.storageKey],
      );
      if (rows.length === 0) return false;
      await this.claim(tx, prefix);
      await this.release(tx, old.storageKey);
      return true;
    });
    if (!swapped) await this.deletions.discard(prefix);
    return swapped;
  }

  /** Takes the row away of a result whose bytes are gone. */
  async disown({ id, storageKey }: StoredTransform): Promise<void> {
    await this.database
      .unit()
      .execute('delete from variant where id = ? and storage_key = ?', [id, storageKey], 'run');
  }

  /** Gives the bytes of a row that names them no more to the ledger; caches may name them for a while yet. */
  async release(tx: EntityManager, storageKey: string): Promise<void> {
    const dueAt = new Date(Date.now() + Math.max(REPLACED_MS, 2 * this.config.cacheTtlMs));
    await this.deletions.register(tx, attemptPrefix(storageKey), dueAt);
  }

  private async put(mediaId: string, image: RenderedImage): Promise<Written> {
    const prefix = variantPrefix(mediaId, newId());
    await this.deletions.register(this.database.unit(), prefix, new Date(Date.now() + LEASE_MS));
    return this.write(prefix, image);
  }

  private putWith(lease: TransformLease, image: RenderedImage): Promise<Written> {
    lease.use();
    return this.write(lease.terms.prefix, image);
  }

  private async write(prefix: string, { data, contentType }: RenderedImage): Promise<Written> {
    const storageKey = `${prefix}transform`;
    await this.store.put(storageKey, Readable.from([data], { objectMode: false }), {
      contentType,
      recreatable: true,
    });
    return { prefix, storageKey };
  }

  private async claim(tx: EntityManager, prefix: string): Promise<void> {
    if (!(await this.deletions.claim(tx, prefix))) throw new Error('the result was swept before it was kept');
  }
}

interface Written {
  prefix: string;
  storageKey: string;
}

/** Nulls when nothing was kept. */
type KeptRow = { id: string; created_at: string | Date } | { id: null };
