import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';
import { type DeliveryConfig, deliveryConfig } from '../../config/index.js';
import { TRANSFORM_REQUESTS } from '../../metrics/index.js';
import type { DeliverableMedia } from '../delivery-access.js';
import { BackgroundTransforms } from './background-transforms.js';
import { Coalescer, type Demand } from './coalescer.js';
import type { StoredTransform } from './stored-transform.js';
import { TransformFailures } from './transform-failures.js';
import { TransformIndex } from './transform-index.js';
import { type Obtained, TransformMaker } from './transform-maker.js';
import type { Candidate, PlannedTransform } from './transform-planner.js';
import { TransformUses } from './transform-uses.js';

/** Where the answer to a request for a transform came from. */
type Outcome = 'hit' | 'miss' | 'coalesced' | 'negative';

/** Who asks, and how long it waits. */
export interface Asker {
  /** Makes the signal that aborts when the client goes away, for those who have to wait. */
  gone: () => AbortSignal;
  /** When it is refused unless the work could be done by then, by the clock of `performance.now()`. */
  waitsUntil: number;
}

/** Image transforms on request: made once, kept as variants, served from there the next time. */
@Injectable()
export class TransformService {
  private readonly flights = new Coalescer();

  constructor(
    private readonly index: TransformIndex,
    private readonly maker: TransformMaker,
    private readonly uses: TransformUses,
    private readonly failures: TransformFailures,
    private readonly background: BackgroundTransforms,
    @Inject(deliveryConfig.KEY) private readonly config: DeliveryConfig,
    @InjectMetric(TRANSFORM_REQUESTS) private readonly requests: Counter,
  ) {}

  /**
   * The first of the candidates that is there, or can be made while a client waits; better ones are asked for in the
   * background.
   * @throws TRANSFORM_BUSY, IMAGE_*
   */
  async transform(
    media: DeliverableMedia,
    candidates: AsyncIterable<Candidate>,
    asker: Asker,
  ): Promise<StoredTransform> {
    for await (const { last, ...planned } of candidates) {
      const key = { mediaId: media.id, hash: planned.hash };
      const costly = planned.canonical.format === 'avif' && planned.cost > this.config.images.avifMaxCost;
      if (last || !costly) return this.obtain(media, planned, asker);
      if (this.background.pending(key)) continue;
      const known = await this.index.find(key);
      if (known) return this.hit(key.mediaId, planned, known);
      this.background.request(key, planned.canonical);
    }
    throw new Error('there was nothing to choose from');
  }

  /** Forgets a result whose bytes are gone, so that it is made again. */
  forget(mediaId: string, lost: StoredTransform): Promise<void> {
    return this.maker.forget(mediaId, lost);
  }

  private hit(
    mediaId: string,
    { hash, canonical }: PlannedTransform,
    known: StoredTransform,
  ): StoredTransform {
    this.count('hit');
    this.uses.note(known);
    // Asked for again: worth the time that a smaller one takes.
    if (known.provisional) this.background.request({ mediaId, hash }, canonical);
    return known;
  }

  private async obtain(
    media: DeliverableMedia,
    planned: PlannedTransform,
    { gone, waitsUntil }: Asker,
  ): Promise<StoredTransform> {
    const key = { mediaId: media.id, hash: planned.hash };
    const known = await this.index.recall(key);
    if (known) return this.hit(media.id, planned, known);
    const failure = await this.failures.recall(key);
    if (failure) {
      this.count('negative');
      throw failure;
    }
    const until = waitsUntil - workAllowance(planned.cost, this.config.admission.queueTimeoutMs);
    const patience = { signal: gone(), until, tooLate: () => this.maker.tooLate() };
    let joined = true;
    const result = this.flights.run(`${media.id}/${planned.hash}`, patience, (demand) => {
      joined = false;
      return this.start(media, planned, demand);
    });
    const mine: Outcome = joined ? 'coalesced' : 'miss';
    const { transform, by } = await result.catch((error: unknown) => {
      this.count(mine);
      throw error;
    });
    if (by === 'hit') return this.hit(media.id, planned, transform);
    this.count(joined ? 'coalesced' : by);
    return transform;
  }

  private async start(media: DeliverableMedia, planned: PlannedTransform, demand: Demand): Promise<Obtained> {
    try {
      return await this.maker.obtain(media, planned, demand);
    } catch (error) {
      await this.failures.note({ mediaId: media.id, hash: planned.hash }, error);
      throw error;
    }
  }

  private count(result: Outcome): void {
    this.requests.inc({ result });
  }
}

/**
 * What of the limit is left for the work itself: twice its estimated CPU time, for cores are shared while many wait;
 * at most half of the limit.
 */
function workAllowance(cost: number, limitMs: number): number {
  return Math.min(2 * cost, limitMs / 2);
}
