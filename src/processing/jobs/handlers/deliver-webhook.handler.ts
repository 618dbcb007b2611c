import { Inject, Injectable } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { type ProcessingConfig, processingConfig } from '../../../config/index.js';
import { MediaRepository, toMediaDto } from '../../../media/index.js';
import { processingErrors } from '../../processing.errors.js';
import { type JobContext, JobHandler } from '../job-handler.js';

const TIMEOUT_MS = 10_000;

export interface WebhookPayload {
  mediaId: string;
  generation: number;
  event: string;
}

/**
 * Tells the configured URLs of an event, signed as Standard Webhooks say (webhook-id, webhook-timestamp,
 * webhook-signature). Delivered at least once: receivers tell repetitions by the webhook-id.
 */
@Injectable()
export class DeliverWebhookHandler extends JobHandler {
  override readonly job = 'events.deliver-webhook';

  constructor(
    private readonly repository: MediaRepository,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {
    super();
  }

  override async handle(
    { mediaId, generation, event }: WebhookPayload,
    { signal }: JobContext,
  ): Promise<void> {
    const { urls, secret } = this.config.webhooks;
    if (urls.length === 0) return;
    const media = await this.repository.find(mediaId);
    if (!media) return;
    const timestamp = new Date();
    const body = JSON.stringify({ type: event, timestamp: timestamp.toISOString(), data: toMediaDto(media) });
    const id = `${mediaId}-${generation}-${event}`;
    const signature = new Webhook(Buffer.from(secret).toString('base64')).sign(id, timestamp, body);
    const results = await Promise.allSettled(
      urls.map(async (url) => {
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
