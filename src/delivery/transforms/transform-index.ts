import { Injectable } from '@nestjs/common';
import { Cache } from '../../cache/index.js';
import { Database } from '../../database/index.js';
import type { StoredTransform } from './stored-transform.js';
import type { TransformKey } from './transform-lease.js';
import { storedOf, type TransformRow, transformColumns } from './transform-row.js';

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

  /** @param load where it is looked for when it is not in the cache */
  find(key: TransformKey, load = () => this.read(key)): Promise<StoredTransform | null> {
    return this.cache.remember(NAMESPACE, nameOf(key), load);
  }

  /** As `find`, in the cache alone. */
  recall(key: TransformKey): Promise<StoredTransform | null> {
    return this.find(key, async () => null);
  }

  /** As `find`, past the cache. */
  async read({ mediaId, hash }: TransformKey): Promise<StoredTransform | null> {
    // Not by the ORM: building the query would cost more than it takes.
    const [row] = await this.database
      .unit()
      .execute<TransformRow[]>(
        `select ${transformColumns} from variant where media_id = ? and name = ? and kind = 'transform'`,
        [mediaId, hash],
      );
    return row ? storedOf(row) : null;
  }

  /** To be called by whoever replaced or removed one. */
  forget(key: TransformKey): Promise<void> {
    return this.cache.forget(NAMESPACE, nameOf(key));
  }
}

function nameOf({ mediaId, hash }: TransformKey): string {
  return `${mediaId}/${hash}`;
}
