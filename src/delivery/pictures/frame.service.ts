import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { MediaLookup, type VariantView } from '../../media/index.js';
import { MediaTools, type RenderedFrame, renderSegmentFrame, ScratchSpace } from '../../processing/index.js';
import type { DeliverableMedia } from '../delivery-access.js';
import { deliveryErrors } from '../delivery.errors.js';
import type { ThumbnailQuery } from '../dto/thumbnail.query.js';
import { MeteredTransformGate } from '../metered-transform-gate.js';
import { TransformStore } from '../transform-store.js';
import { SegmentSource } from './segment-source.js';

/** A picture of a video: stored by an earlier request, or just made. */
export interface FrameResult {
  source: { key: string } | { data: Buffer };
  sizeBytes: number;
  /** Of time and size: names the bytes within the media. */
  hash: string;
}

/** Longest side in pixels, as of the thumbnails of the poster. */
const sides = { small: 150, medium: 400, large: 1200 } as const;
/** Raise when the same request would give another picture than before. */
const engineVersion = 1;

/**
 * Pictures of videos at any time, on request: made once, kept as transforms are, by the same gate. Times are rounded
 * to tenths of a second, so that their number is bounded.
 */
@Injectable()
export class FrameService {
  constructor(
    private readonly lookup: MediaLookup,
    private readonly segments: SegmentSource,
    private readonly results: TransformStore,
    private readonly scratch: ScratchSpace,
    private readonly gate: MeteredTransformGate,
    private readonly tools: MediaTools,
  ) {}

  /** @throws TRANSFORM_UNSUPPORTED, VARIANT_NOT_FOUND, TRANSFORM_BUSY, VIDEO_* */
  async frame(media: DeliverableMedia, time: number, size: ThumbnailQuery['size']): Promise<FrameResult> {
    if (media.kind !== 'video')
      throw deliveryErrors.TRANSFORM_UNSUPPORTED('only videos have pictures at a time');
    const tenths = Math.round(Math.min(time, (media.durationMs ?? 0) / 1000) * 10);
    const hash = hashOf(tenths, size);
    const known = await this.find(media.id, hash);
    if (known) return known;
    return this.gate.run(
      `${media.id}/${hash}`,
      async () => (await this.find(media.id, hash)) ?? this.make(media, { seconds: tenths / 10, size, hash }),
    );
  }

  private async find(mediaId: string, hash: string): Promise<FrameResult | null> {
    const known = await this.lookup.findTransform(mediaId, hash);
    return known && { source: { key: known.storageKey }, sizeBytes: known.sizeBytes, hash };
  }

  private async make(
    media: DeliverableMedia,
    { seconds, size, hash }: { seconds: number; size: ThumbnailQuery['size']; hash: string },
  ): Promise<FrameResult> {
    const rendition = renditionFor(media.variants, sides[size]);
    const rendered = rendition && (await this.render(rendition, seconds, sides[size]));
    if (!rendered) {
      const later = media.status === 'processing' ? { headers: { 'Retry-After': '2' } } : {};
      throw deliveryErrors.VARIANT_NOT_FOUND('the video can not be played yet', later);
    }
    await this.results.keep(media.id, hash, rendered);
    return { source: { data: rendered.data }, sizeBytes: rendered.data.length, hash };
  }

  private render(rendition: VariantView, seconds: number, side: number): Promise<RenderedFrame | null> {
    return this.scratch.use(async (workDir) => {
      const path = join(workDir, 'segment.mp4');
      const offset = await this.segments.fetch(rendition, seconds, path);
      return offset === null
        ? null
        : renderSegmentFrame(this.tools, { path, seconds: offset, side, workDir });
    });
  }
}

/** The smallest rendition that is large enough, else the largest. */
function renditionFor(variants: readonly VariantView[], side: number): VariantView | undefined {
  const sideOf = ({ width, height }: VariantView) => Math.max(width ?? 0, height ?? 0);
  const renditions = variants
    .filter(({ kind }) => kind === 'rendition')
    .toSorted((a, b) => sideOf(a) - sideOf(b));
  return renditions.find((rendition) => sideOf(rendition) >= side) ?? renditions.at(-1);
}

function hashOf(tenths: number, size: string): string {
  return createHash('sha256')
    .update(JSON.stringify([engineVersion, 'frame', tenths, size]))
    .digest('hex')
    .slice(0, 32);
}
