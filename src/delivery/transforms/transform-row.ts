import type { StoredTransform } from './stored-transform.js';

export const transformColumns =
  'id, name, content_type, size_bytes, storage_key, provisional, created_at, last_used_at';

/** Those columns of a variant, as the database gives them. */
export interface TransformRow {
  id: string;
  name: string;
  content_type: string;
  /** As of bigint: a string. */
  size_bytes: string;
  storage_key: string;
  provisional: boolean;
  created_at: string | Date;
  last_used_at: string | Date;
}

export function storedOf(row: TransformRow): StoredTransform {
  return {
    id: row.id,
    hash: row.name,
    contentType: row.content_type,
    sizeBytes: Number(row.size_bytes),
    storageKey: row.storage_key,
    provisional: row.provisional,
    createdAt: new Date(row.created_at).toISOString(),
    lastUsedAt: new Date(row.last_used_at).toISOString(),
  };
}
