import { createHash } from 'node:crypto';
import type { CanonicalTransform } from './canonical-transform.js';

/** Raise when the same canonical transform would give another picture than before. */
const engineVersion = 2;

/** 32 hex digits that name the result of a transform; usable as variant name and cache key within one media. */
export function transformHash(canonical: CanonicalTransform): string {
  return createHash('sha256')
    .update(JSON.stringify([engineVersion, sorted(canonical)]))
    .digest('hex')
    .slice(0, 32);
}

/** The same value, keys in order on every level: equal objects have equal texts. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => [key, sorted(item)]);
}
