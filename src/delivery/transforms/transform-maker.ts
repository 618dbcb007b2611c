import { Injectable } from '@nestjs/common';
import { MeteredAdmission } from '../admission/metered-admission.js';
import type { DeliverableMedia } from '../delivery-access.js';
import { HotBytes } from '../hot-bytes.js';
import type { Demand } from './coalescer.js';
import type { StoredTransform } from './stored-transform.js';
import { TransformIndex } from './transform-index.js';
import type { TransformKey, TransformLease } from './transform-lease.js';
import { TransformLeases, type Turn } from './transform-leases.js';
import type { PlannedTransform } from './transform-planner.js';
import { TransformRenderer } from './transform-renderer.js';
import { TransformStore } from './transform-store.js';

/** A transform, and whether it was there, was made by another process while we waited, or by us. */
export interface Obtained {
  transform: StoredTransform;
  by: 'hit' | 'coalesced' | 'miss';
}

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
  ) {}

  /**
   * What is there already, or is made now.
   * @throws TRANSFORM_BUSY when there is no room, or nobody waited for its turn; IMAGE_*
   */
  async obtain(media: DeliverableMedia, planned: PlannedTransform, demand: Demand): Promise<Obtained> {
    const key = { mediaId: media.id, hash: planned.hash };
    // Who would be refused anyway takes no lease first: refusals must cost little.
    if (this.admission.full(planned.cost)) {
      const known = await this.index.find(key);
      if (known) return { transform: known, by: 'hit' };
      throw this.admission.refuse('full');
    }
    const turn = await this.ask(key);
    if (turn && 'known' in turn) return { transform: turn.known, by: 'hit' };
    const late = turn ?? (await this.wait(key, demand.signal));
    if ('known' in late) return { transform: late.known, by: 'coalesced' };
    const { lease } = late;
    try {
      return { transform: await this.make(media, planned, { ...demand, lease }), by: 'miss' };
    } finally {
      await lease.release();
    }
  }

  /** The answer to a request that has waited for as long as it may. */
  tooLate(): Error {
    return this.admission.refuse('timeout');
  }

  /** Forgets a result whose bytes are gone, so that it is made again. */
  async forget(mediaId: string, lost: StoredTransform): Promise<void> {
    await this.results.disown(lost);
    await this.index.forget({ mediaId, hash: lost.hash });
  }

  /** As TransformLeases.take; what is found is cached. */
  private async ask(key: TransformKey): Promise<Turn | null> {
    const asked: { turn: Turn | null } = { turn: null };
    const known = await this.index.find(key, async () => {
      asked.turn = await this.leases.take(key);
      return asked.turn && 'known' in asked.turn ? asked.turn.known : null;
    });
    return known ? { known } : asked.turn;
  }

  private async make(
    media: DeliverableMedia,
    planned: PlannedTransform,
    { signal, begin, lease }: Demand & { lease: TransformLease },
  ): Promise<StoredTransform> {
    const { key } = lease.terms;
    const image = await this.admission.run({ cost: planned.cost, signal }, () => {
      begin();
      return this.renderer.render(media, planned.canonical, { for: 'request' });
    });
    const provisional = planned.canonical.format === 'avif';
    const kept = await this.results.keep(key, image, { provisional, lease });
    if (kept) this.hot.put(kept.storageKey, image.data);
    const result = kept ?? (await this.index.read(key));
    // Neither ours nor another's: the media went away meanwhile.
    if (!result) throw this.admission.busy();
    return result;
  }

  /** What becomes of it when another process is at it. */
  private async wait(key: TransformKey, signal: AbortSignal): Promise<Turn> {
    try {
      return await this.leases.wait(key, signal);
    } catch (error) {
      throw signal.aborted ? this.admission.busy() : error;
    }
  }
}
