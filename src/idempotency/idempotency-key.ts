import type { IncomingHttpHeaders } from 'node:http';
import { idempotencyErrors } from './idempotency.errors.js';

const KEY = /^[\x20-\x7e]{1,255}$/;

/** The Idempotency-Key of a request, or null. @throws IDEMPOTENCY_KEY_INVALID */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | null {
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !KEY.test(key)) throw idempotencyErrors.IDEMPOTENCY_KEY_INVALID();
  return key;
}
