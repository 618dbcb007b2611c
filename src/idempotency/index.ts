export type { Answer } from './answer.js';
export { Attempt } from './attempt.js';
export { IdempotencyRecord } from './entities/idempotency-record.entity.js';
export { fingerprintOf } from './fingerprint.js';
export { CurrentAttempt, Idempotent, ResourceId } from './idempotency.decorators.js';
export { IdempotencyModule } from './idempotency.module.js';
export { type IdempotentRequest, IdempotencyService } from './idempotency.service.js';
