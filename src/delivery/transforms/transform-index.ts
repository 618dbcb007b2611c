import { Injectable } from '@nestjs/common';
import { Cache } from '../../cache/index.js';
import { Database } from '../../database/index.js';
import { Variant } from '../../media/index.js';
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
    const variant = await this.database
      .unit()
      .findOne(Variant, { media: mediaId, kind: 'transform', name: hash }, { disableIdentityMap: true });
    return variant && toStored(variant);
  }

  /** To be called by whoever replaced or removed one. */
  forget(key: TransformKey): Promise<void> {
    return this.cache.forget(NAMESPACE, nameOf(key));
  }
}

function nameOf({ mediaId, hash }: TransformKey): string {
  return `${mediaId}/${hash}`;
}

function toStored(variant: Variant): StoredTransform {
  const { id, contentType, sizeBytes, storageKey, provisional } = variant;
  return {
    id,
    contentType,
    sizeBytes,
    storageKey,
    provisional,
    createdAt: variant.createdAt.toISOString(),
    lastUsedAt: variant.lastUsedAt.toISOString(),
  };
}
