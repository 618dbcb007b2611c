import { type DomainError, defineErrors } from '../common/index.js';

export const idempotencyErrors = defineErrors({
  IDEMPOTENCY_KEY_INVALID: {
    status: 400,
    title: 'An Idempotency-Key has 1 to 255 printable ASCII characters',
  },
  IDEMPOTENCY_KEY_IN_FLIGHT: { status: 409, title: 'A request with this Idempotency-Key is still running' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The Idempotency-Key was used for another request' },
});

/** @param leaseSeconds how long the other attempt may be silent before it is taken for dead */
export function keyInFlight(leaseSeconds = 1): DomainError {
  const headers = { 'Retry-After': String(Math.max(1, leaseSeconds)) };
  return idempotencyErrors.IDEMPOTENCY_KEY_IN_FLIGHT(undefined, { headers });
}
