import { Inject, Injectable } from '@nestjs/common';
import type { Webhook } from 'standardwebhooks';
import { type ProcessingConfig, processingConfig } from '../../../config/index.js';
import { MediaRepository, toMediaDto } from '../../../media/index.js';
import { processingErrors } from '../../processing.errors.js';
import { createWebhook } from '../create-webhook.js';
import { type JobContext, JobHandler } from '../job-handler.js';

const TIMEOUT_MS = 10_000;

export interface WebhookPayload {
  mediaId: string;
  generation: number;
  event: string;
  /** ISO 8601. */
  occurredAt: string;
}

/**
 * Tells the configured URLs of an event, signed as Standard Webhooks say (webhook-id, webhook-timestamp,
 * webhook-signature). Delivered at least once: receivers tell repetitions by the webhook-id.
 */
@Injectable()
export class DeliverWebhookHandler extends JobHandler {
  override readonly job = 'events.deliver-webhook';

  private readonly urls: readonly string[];
  private readonly webhook: Webhook | null;

  constructor(
    private readonly repository: MediaRepository,
    @Inject(processingConfig.KEY) { webhooks }: ProcessingConfig,
  ) {
    super();
    this.urls = webhooks.urls;
    this.webhook = webhooks.urls.length > 0 ? createWebhook(webhooks.secret) : null;
  }

  override async handle(
    { mediaId, generation, event, occurredAt }: WebhookPayload,
    { signal }: JobContext,
  ): Promise<void> {
    if (this.webhook === null) return;
    const media = await this.repository.find(mediaId);
    if (!media) return;
    const timestamp = new Date();
    const body = JSON.stringify({ type: event, timestamp: occurredAt, data: toMediaDto(media) });
    const id = `${mediaId}-${generation}-${event}`;
    const signature = this.webhook.sign(id, timestamp, body);
    const results = await Promise.allSettled(
      this.urls.map(async (url) => {
        const response = await fetch(url, {
          method: 'POST',
          redirect: 'error',
          signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
          headers: {
            'content-type': 'application/json',
            'webhook-id': id,
            'webhook-timestamp': String(Math.floor(timestamp.getTime() / 1000)),
            'webhook-signature': signature,
          },
          body,
        });
        await response.body?.cancel();
        if (!response.ok) throw new Error(`answered ${response.status}`);
      }),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw processingErrors.WEBHOOK_FAILED(undefined, { cause: failed.reason });
  }
}
