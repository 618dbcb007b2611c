import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type DeliveryConfig, deliveryConfig } from '../../config/index.js';
import { MeteredAdmission } from '../admission/metered-admission.js';
import type { DeliverableMedia } from '../delivery-access.js';
import { deliveryErrors } from '../delivery.errors.js';
import type { ThumbnailQuery } from '../dto/thumbnail.query.js';
import { Coalescer, type Demand } from '../transforms/coalescer.js';
import type { StoredTransform } from '../transforms/stored-transform.js';
import { TransformIndex } from '../transforms/transform-index.js';
import type { TransformKey } from '../transforms/transform-lease.js';
import { TransformStore } from '../transforms/transform-store.js';
import { TransformUses } from '../transforms/transform-uses.js';
import { FrameRenderer } from './frame-renderer.js';

/** What is asked for of a video. */
export interface FrameAsk {
  /** Seconds from its beginning. */
  time: number;
  size: ThumbnailQuery['size'];
}

/** Longest side in pixels, as of the thumbnails of the poster. */
const sides = { small: 150, medium: 400, large: 1200 } as const;
/** CPU milliseconds, roughly: the decoding of one segment of 1080p. */
const cost = 400;
/** Raise when the same request would give another picture than before. */
const engineVersion = 1;

/**
 * Pictures of videos at any time, on request: made once, kept and evicted as transforms are, let in by the same door.
 * Times are rounded to tenths of a second, so that their number is bounded.
 */
@Injectable()
export class FrameService {
  private readonly flights = new Coalescer();

  constructor(
    private readonly index: TransformIndex,
    private readonly uses: TransformUses,
    private readonly admission: MeteredAdmission,
    private readonly renderer: FrameRenderer,
    private readonly results: TransformStore,
    @Inject(deliveryConfig.KEY) private readonly config: DeliveryConfig,
  ) {}

  /**
   * @param arrivedAt of the request, by the clock of `performance.now()`
   * @throws TRANSFORM_UNSUPPORTED, VARIANT_NOT_FOUND, TRANSFORM_BUSY, VIDEO_*
   */
  async frame(
    media: DeliverableMedia,
    { time, size }: FrameAsk,
    { gone, arrivedAt }: { gone: AbortSignal; arrivedAt: number },
  ): Promise<StoredTransform> {
    if (media.kind !== 'video')
      throw deliveryErrors.TRANSFORM_UNSUPPORTED('only videos have pictures at a time');
    const tenths = Math.round(Math.min(time, (media.durationMs ?? 0) / 1000) * 10);
    const key = { mediaId: media.id, hash: hashOf(tenths, size) };
    const known = await this.index.find(key);
    if (known) {
      this.uses.note(known);
      return known;
    }
    const patience = {
      signal: gone,
      until: arrivedAt + this.config.admission.queueTimeoutMs,
      tooLate: () => this.admission.refuse('timeout'),
    };
    return this.flights.run(`${key.mediaId}/${key.hash}`, patience, (demand) =>
      this.make(media, { key, seconds: tenths / 10, side: sides[size] }, demand),
    );
  }

  private async make(
    media: DeliverableMedia,
    { key, seconds, side }: { key: TransformKey; seconds: number; side: number },
    { signal, begin }: Demand,
  ): Promise<StoredTransform> {
    // The flight before may have ended after the first look.
    const known = await this.index.read(key);
    if (known) return known;
    const frame = await this.admission.run({ cost, signal }, () => {
      begin();
      return this.renderer.render(media, { seconds, side });
    });
    if (!frame) {
      const later = media.status === 'processing' ? { headers: { 'Retry-After': '2' } } : {};
      throw deliveryErrors.VARIANT_NOT_FOUND('the video can not be played yet', later);
    }
    const kept =
      (await this.results.keep(key, frame, { provisional: false })) ?? (await this.index.read(key));
    // Neither ours nor another's: the media went away meanwhile.
    if (!kept) throw this.admission.busy();
    return kept;
  }
}

function hashOf(tenths: number, size: string): string {
  return createHash('sha256')
    .update(JSON.stringify([engineVersion, 'frame', tenths, size]))
    .digest('hex')
    .slice(0, 32);
}
