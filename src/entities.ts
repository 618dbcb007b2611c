import { Reconciliation } from './admin/index.js';
import { OutboxMessage } from './events/index.js';
import { IdempotencyRecord } from './idempotency/index.js';
import { Media, StoredOriginal, Variant } from './media/index.js';
import { StoredPlan, VideoRun } from './processing/index.js';
import { Quota, QuotaReservation } from './quota/index.js';
import { PendingDeletion } from './storage/index.js';
import { Upload, UploadPart } from './uploads/index.js';

/** All tables of the service. */
export const entities = [
  Media,
  StoredOriginal,
  Variant,
  StoredPlan,
  VideoRun,
  Quota,
  QuotaReservation,
  PendingDeletion,
  OutboxMessage,
  Upload,
  UploadPart,
  IdempotencyRecord,
  Reconciliation,
];
