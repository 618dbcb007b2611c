import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { newId } from '../common/index.js';
import { type DeliveryConfig, deliveryConfig } from '../config/index.js';
import { Outbox } from '../events/index.js';

/** Asks for shared caches to forget a media, in the transaction that makes what they hold untrue. */
@Injectable()
export class CachePurges {
  constructor(
    private readonly outbox: Outbox,
    @Inject(deliveryConfig.KEY) private readonly config: DeliveryConfig,
  ) {}

  /** Does nothing where no CDN is configured. */
  async request(tx: EntityManager, mediaId: string): Promise<void> {
    if (this.config.purge === null) return;
    await this.outbox.add(tx, {
      job: 'delivery.purge-cache',
      // Every change is one of its own: an earlier purge says nothing of it.
      jobId: `delivery.purge-cache-${newId()}`,
      payload: { mediaId, occurredAt: new Date().toISOString() },
    });
  }
}
