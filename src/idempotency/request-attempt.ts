import type { Attempt } from './attempt.js';

const attempts = new WeakMap<object, Attempt>();

/** Notes the attempt that a request is. */
export function setAttempt(request: object, attempt: Attempt): void {
  attempts.set(request, attempt);
}

/** The attempt that a request is; null when it has no Idempotency-Key. */
export function attemptOf(request: object): Attempt | null {
  return attempts.get(request) ?? null;
}
