import { Inject, Injectable } from '@nestjs/common';
import { type DeliveryConfig, deliveryConfig } from '../../config/index.js';
import { type JobContext, JobHandler } from '../../processing/index.js';
import { deliveryErrors } from '../delivery.errors.js';
import { type PurgePayload, purgeRequest } from './purge-request.js';

const TIMEOUT_MS = 10_000;

/** Tells the configured CDN to forget all that it was given of a media. At least once. */
@Injectable()
export class PurgeCacheHandler extends JobHandler {
  override readonly job = 'delivery.purge-cache';

  constructor(@Inject(deliveryConfig.KEY) private readonly config: DeliveryConfig) {
    super();
  }

  override async handle(payload: PurgePayload, { signal }: JobContext): Promise<void> {
    if (this.config.purge === null) return;
    const { url, headers, body } = purgeRequest(this.config.purge, payload, new Date());
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      headers,
      body,
    }).catch((error: unknown) => {
      throw deliveryErrors.CACHE_PURGE_FAILED(undefined, { cause: error });
    });
    await response.body?.cancel();
    if (!response.ok) {
      const cause = new Error(`the CDN answered ${response.status}`);
      throw deliveryErrors.CACHE_PURGE_FAILED(undefined, { cause });
    }
  }
}
