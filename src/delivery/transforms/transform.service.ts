import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';
import { type DeliveryConfig, deliveryConfig } from '../../config/index.js';
import { TRANSFORM_REQUESTS } from '../../metrics/index.js';
import type { DeliverableMedia } from '../delivery-access.js';
import { BackgroundTransforms } from './background-transforms.js';
import { Coalescer } from './coalescer.js';
import type { StoredTransform } from './stored-transform.js';
import { TransformFailures } from './transform-failures.js';
import { TransformIndex } from './transform-index.js';
import { TransformMaker } from './transform-maker.js';
import type { Candidate, PlannedTransform } from './transform-planner.js';
import { TransformUses } from './transform-uses.js';

/** Where the answer to a request for a transform came from. */
type Outcome = 'hit' | 'miss' | 'coalesced' | 'negative';

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
   * @param gone makes the signal that aborts when the client goes away, for those who have to wait
   * @throws TRANSFORM_BUSY, IMAGE_*
   */
  async transform(
    media: DeliverableMedia,
    candidates: AsyncIterable<Candidate>,
    gone: () => AbortSignal,
  ): Promise<StoredTransform> {
    for await (const { last, ...planned } of candidates) {
      const key = { mediaId: media.id, hash: planned.hash };
      const costly = planned.canonical.format === 'avif' && planned.cost > this.config.images.avifMaxCost;
      if (!last && costly && this.background.pending(key)) continue;
      const known = await this.index.find(key);
      if (known) return this.hit(key.mediaId, planned, known);
      if (last || !costly) return this.make(media, planned, gone());
      this.background.request(key, planned.canonical);
    }
    throw new Error('there was nothing to choose from');
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

  private async make(
    media: DeliverableMedia,
    planned: PlannedTransform,
    signal: AbortSignal,
  ): Promise<StoredTransform> {
    const key = { mediaId: media.id, hash: planned.hash };
    const name = `${media.id}/${planned.hash}`;
    const failure = await this.failures.recall(key);
    if (failure) {
      this.count('negative');
      throw failure;
    }
    let joined = true;
    const result = this.flights.run(name, signal, async (wanted) => {
      joined = false;
      try {
        return await this.maker.make(media, planned, wanted);
      } catch (error) {
        await this.failures.note(key, error);
        throw error;
      }
    });
    this.count(joined ? 'coalesced' : 'miss');
    return result;
  }

  private count(result: Outcome): void {
    this.requests.inc({ result });
  }
}
