import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';
import { type ProcessingConfig, processingConfig } from '../config/index.js';
import { MediaLookup } from '../media/index.js';
import { TRANSFORM_REQUESTS } from '../metrics/index.js';
import {
  type CanonicalTransform,
  canonicalTransform,
  negotiateFormat,
  type RenderedImage,
  type RenderSource,
  renderTransform,
  ScratchSpace,
  transformHash,
  type TransformParams,
  transformSourceOf,
} from '../processing/index.js';
import { ObjectStore } from '../storage/index.js';
import type { DeliverableMedia } from './delivery-access.js';
import { deliveryErrors } from './delivery.errors.js';
import { MeteredTransformGate } from './metered-transform-gate.js';
import { TransformStore } from './transform-store.js';

/** Sources up to this size are decoded from memory, larger ones from a file: with the gate's limit on concurrency this bounds the memory. */
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024;

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
    private readonly store: ObjectStore,
    private readonly results: TransformStore,
    private readonly scratch: ScratchSpace,
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
    const { width, height } = sourceOf(media);
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

  private async render(media: DeliverableMedia, canonical: CanonicalTransform): Promise<RenderedImage> {
    const { key, sizeBytes } = sourceOf(media);
    const source = await this.store.get(key);
    if (sizeBytes <= MAX_BUFFERED_BYTES) {
      return renderTransform(await buffer(source), canonical, this.config.image);
    }
    return this.scratch.use(async (directory) => {
      const path = join(directory, 'source');
      await pipeline(source, createWriteStream(path));
      return renderTransform(path, canonical, this.config.image);
    });
  }
}

/** @throws TRANSFORM_UNSUPPORTED */
function sourceOf(media: DeliverableMedia): RenderSource {
  const source = media.kind === 'image' ? transformSourceOf(media) : null;
  if (source) return source;
  // Until the media is processed its size is not known.
  throw deliveryErrors.TRANSFORM_UNSUPPORTED(
    media.status === 'processing' ? 'the media is still being processed' : undefined,
  );
}
