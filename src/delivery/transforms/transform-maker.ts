import { Inject, Injectable } from '@nestjs/common';
import { type DeliveryConfig, deliveryConfig } from '../../config/index.js';
import { MeteredAdmission } from '../admission/metered-admission.js';
import type { DeliverableMedia } from '../delivery-access.js';
import { HotBytes } from '../hot-bytes.js';
import type { StoredTransform } from './stored-transform.js';
import { TransformIndex } from './transform-index.js';
import { type TransformKey, type TransformLease, TransformLeases } from './transform-leases.js';
import type { PlannedTransform } from './transform-planner.js';
import { TransformRenderer } from './transform-renderer.js';
import { TransformStore } from './transform-store.js';

/** Makes transforms for requests: each once in the cluster, as many at once as the process has room for. */
@Injectable()
export class TransformMaker {
  constructor(
    private readonly leases: TransformLeases,
    private readonly index: TransformIndex,
    private readonly admission: MeteredAdmission,
    private readonly renderer: TransformRenderer,
    private readonly results: TransformStore,
    private readonly hot: HotBytes,
    @Inject(deliveryConfig.KEY) private readonly config: DeliveryConfig,
  ) {}

  /**
   * @param signal aborts when nobody wants it any more: what waits then ends, what runs is finished
   * @throws TRANSFORM_BUSY when it did not get its turn in time; IMAGE_*
   */
  async make(
    media: DeliverableMedia,
    planned: PlannedTransform,
    signal: AbortSignal,
  ): Promise<StoredTransform> {
    const key = { mediaId: media.id, hash: planned.hash };
    const deadline = Date.now() + this.config.admission.queueTimeoutMs;
    const turn = await this.takeTurn(key, signal);
    if (!('release' in turn)) return turn;
    try {
      // The holder before may have finished between the look-up and the lease.
      const known = await this.index.read(key);
      if (known) return known;
      const waitMs = Math.max(deadline - Date.now(), 0);
      const image = await this.admission.run({ cost: planned.cost, waitMs, signal }, () =>
        this.renderer.render(media, planned.canonical, { for: 'request' }),
      );
      const provisional = planned.canonical.format === 'avif';
      const kept = await this.results.keep(key, image, { provisional });
      if (kept) this.hot.put(kept.storageKey, image.data);
      const result = kept ?? (await this.index.read(key));
      // Neither ours nor another's: the media went away meanwhile.
      if (!result) throw this.admission.busy();
      return result;
    } finally {
      await turn.release();
    }
  }

  /** The lease, or what another process has made while we waited. */
  private async takeTurn(key: TransformKey, signal: AbortSignal): Promise<TransformLease | StoredTransform> {
    const first = await this.leases.take(key);
    if (first) return first;
    const timeout = AbortSignal.timeout(this.config.admission.queueTimeoutMs);
    try {
      return await this.leases.until<TransformLease | StoredTransform>(
        key,
        AbortSignal.any([signal, timeout]),
        async () => (await this.index.read(key)) ?? (await this.leases.take(key)),
      );
    } catch (error) {
      throw timeout.aborted || signal.aborted ? this.admission.busy() : error;
    }
  }
}
