import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';
import { type ProcessingConfig, processingConfig } from '../config/index.js';
import { MediaLookup } from '../media/index.js';
import { TRANSFORM_REQUESTS } from '../metrics/index.js';
import {
  type CanonicalTransform,
  canonicalTransform,
  isDecodable,
  negotiateFormat,
  type RenderedImage,
  renderTransform,
  transformHash,
  type TransformParams,
} from '../processing/index.js';
import { DecodableOriginals } from './decodable-originals.js';
import type { DeliverableMedia } from './delivery-access.js';
import { deliveryErrors } from './delivery.errors.js';
import { MeteredTransformGate } from './metered-transform-gate.js';
import { TransformStore } from './transform-store.js';

/** The result of a transform: stored by an earlier request, or just made. */
export interface TransformResult {
  source: { key: string } | { data: Buffer };
  contentType: string;
  sizeBytes: number;
  /** Of media and transform: names the bytes. */
  hash: string;
}

/** Image transforms on request: made once, kept as variants, served from there the next time. */
@Injectable()
export class TransformService {
  constructor(
    private readonly lookup: MediaLookup,
    private readonly originals: DecodableOriginals,
    private readonly results: TransformStore,
    private readonly gate: MeteredTransformGate,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
    @InjectMetric(TRANSFORM_REQUESTS) private readonly requests: Counter,
  ) {}

  /**
   * @param accept the request's Accept header, for `format=auto`
   * @throws TRANSFORM_UNSUPPORTED, TRANSFORM_INVALID, TRANSFORM_BUSY, IMAGE_*
   */
  async transform(
    media: DeliverableMedia,
    params: TransformParams,
    accept: string | undefined,
  ): Promise<TransformResult> {
    const canonical = this.canonical(media, params, accept);
    const hash = transformHash(canonical);
    const known = await this.find(media.id, hash);
    this.requests.inc({ result: known ? 'hit' : 'miss' });
    if (known) return known;
    // Asked again inside: a run of the same may have ended after the first look.
    return this.gate.run(
      `${media.id}/${hash}`,
      async () => (await this.find(media.id, hash)) ?? this.make(media, canonical, hash),
    );
  }

  private async find(mediaId: string, hash: string): Promise<TransformResult | null> {
    const known = await this.lookup.findTransform(mediaId, hash);
    if (!known) return null;
    const { storageKey: key, contentType, sizeBytes } = known;
    return { source: { key }, contentType, sizeBytes, hash };
  }

  private async make(
    media: DeliverableMedia,
    canonical: CanonicalTransform,
    hash: string,
  ): Promise<TransformResult> {
    const rendered = await this.render(media, canonical);
    await this.results.keep(media.id, hash, rendered);
    const { data, contentType } = rendered;
    return { source: { data }, contentType, sizeBytes: data.length, hash };
  }

  private canonical(
    media: DeliverableMedia,
    params: TransformParams,
    accept: string | undefined,
  ): CanonicalTransform {
    const { width, height } = media;
    // Until the media is processed its size is not known.
    if (media.kind !== 'image' || !isDecodable(media.contentType) || width === null || height === null) {
      throw deliveryErrors.TRANSFORM_UNSUPPORTED(
        media.status === 'processing' ? 'the media is still being processed' : undefined,
      );
    }
    const hasAlpha = media.metadata['hasAlpha'] === true;
    return canonicalTransform(
      params,
      { width, height, hasAlpha },
      {
        negotiated: negotiateFormat(accept, { hasAlpha }),
        maxOutputPixels: this.config.image.maxOutputPixels,
      },
    );
  }

  private render(media: DeliverableMedia, canonical: CanonicalTransform): Promise<RenderedImage> {
    return this.originals.use(media, (input) => renderTransform(input, canonical, this.config.image));
  }
}
