import { DeliverWebhookHandler } from './deliver-webhook.handler.js';
import { HashHandler } from './hash.handler.js';
import {
  ExpireIdempotencyKeysHandler,
  PurgeTrashHandler,
  RecalculateQuotaHandler,
  ReleaseExpiredHandler,
  SweepHandler,
  SweepUnfinishedHandler,
} from './maintenance.handlers.js';
import { ProcessAudioHandler } from './process-audio.handler.js';
import { ProcessImageHandler } from './process-image.handler.js';
import { ProcessOtherHandler } from './process-other.handler.js';
import { ReconcileHandler } from './reconcile.handler.js';
import { ScanHandler } from './scan.handler.js';
import { videoHandlers } from '../video/index.js';

/** Every job has its one handler here. */
export const handlers = [
  HashHandler,
  ScanHandler,
  ProcessImageHandler,
  ...videoHandlers,
  ProcessAudioHandler,
  ProcessOtherHandler,
  DeliverWebhookHandler,
  ReconcileHandler,
  ExpireIdempotencyKeysHandler,
  PurgeTrashHandler,
  ReleaseExpiredHandler,
  RecalculateQuotaHandler,
  SweepHandler,
  SweepUnfinishedHandler,
];
