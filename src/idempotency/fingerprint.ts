import { createHash } from 'node:crypto';
import type { Principal } from '../auth/index.js';
import { commonErrors } from '../common/index.js';

/** No body of this API is nested deeper than a handful of levels; a hostile one could exhaust the stack. */
const MAX_DEPTH = 64;

/** The part of a request that names what is done, and for whom. */
export interface FingerprintedRequest {
  method: string;
  /** Path and query. */
  url: string;
}

/**
 * Tells one request from another: SHA-256 over method, path, the caller's organization and the content,
 * lower-case hex. The order of fields in objects does not matter.
 * @throws BODY_MALFORMED for content that is nested too deeply
 */
export function fingerprintOf(
  { method, url }: FingerprintedRequest,
  { orgId }: Pick<Principal, 'orgId'>,
  content: unknown,
): string {
  const text = JSON.stringify([method, url, orgId, canonical(content, 0)]);
  return createHash('sha256').update(text).digest('hex');
}

function canonical(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) throw commonErrors.BODY_MALFORMED('The body is nested too deeply');
  if (Array.isArray(value)) return value.map((item) => canonical(item, depth + 1));
  // As pairs: an object would put keys that look like numbers first.
  const pairs = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => [key, canonical(item, depth + 1)]);
  return { pairs };
}
