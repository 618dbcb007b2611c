import { Injectable } from '@nestjs/common';
import { Cache } from '../../cache/index.js';
import { Database } from '../../database/index.js';
import type { StoredTransform } from './stored-transform.js';
import type { TransformKey } from './transform-leases.js';

const NAMESPACE = 'transform';

/**
 * Finds stored transforms. What was found is cached: another process may name replaced bytes for as long as the cache
 * keeps entries, and they stay in the store for longer.
 */
@Injectable()
export class TransformIndex {
  constructor(
    private readonly database: Database,
    private readonly cache: Cache,
  ) {}

  find(key: TransformKey): Promise<StoredTransform | null> {
    return this.cache.remember(NAMESPACE, nameOf(key), () => this.read(key));
  }

  /** As `find`, past the cache. */
  async read({ mediaId, hash }: TransformKey): Promise<StoredTransform | null> {
    // Not by the ORM: building the query would cost more than it takes.
    const [row] = await this.database.unit().execute<Row[]>(
      `select id, content_type, size_bytes, storage_key, provisional, created_at, last_used_at
         from variant where media_id = ? and name = ? and kind = 'transform'`,
      [mediaId, hash],
    );
    return row ? toStored(row) : null;
  }

  /** To be called by whoever replaced or removed one. */
  forget(key: TransformKey): Promise<void> {
    return this.cache.forget(NAMESPACE, nameOf(key));
  }
}

function nameOf({ mediaId, hash }: TransformKey): string {
  return `${mediaId}/${hash}`;
}

interface Row {
  id: string;
  content_type: string;
  /** As of bigint: a string. */
  size_bytes: string;
  storage_key: string;
  provisional: boolean;
  created_at: string | Date;
  last_used_at: string | Date;
}

function toStored(row: Row): StoredTransform {
  return {
    id: row.id,
    contentType: row.content_type,
    sizeBytes: Number(row.size_bytes),
    storageKey: row.storage_key,
    provisional: row.provisional,
    createdAt: new Date(row.created_at).toISOString(),
    lastUsedAt: new Date(row.last_used_at).toISOString(),
  };
}
