import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';
import { type ProcessingConfig, processingConfig } from '../../config/index.js';
import { TRANSFORM_RENDERS } from '../../metrics/index.js';
import {
  type CanonicalTransform,
  type RenderedImage,
  renderTransform,
  ScratchSpace,
} from '../../processing/index.js';
import { ObjectStore } from '../../storage/index.js';
import type { DeliverableMedia } from '../delivery-access.js';
import { type PictureSource, pictureSourceOf } from './picture-source.js';
import { Watermarks } from './watermarks.js';

/** Originals up to this size are decoded from memory, larger ones from a file: with the limit on concurrency this bounds the memory. */
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024;

export interface RenderPurpose {
  for: 'request' | 'preset' | 'upgrade';
  /** Encoder effort in place of the one for requests. */
  effort?: number;
}

/** Makes pictures of originals. */
@Injectable()
export class TransformRenderer {
  constructor(
    private readonly store: ObjectStore,
    private readonly scratch: ScratchSpace,
    private readonly watermarks: Watermarks,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
    @InjectMetric(TRANSFORM_RENDERS) private readonly renders: Counter,
  ) {}

  /** @throws IMAGE_*, WATERMARK_UNUSABLE */
  async render(
    media: DeliverableMedia,
    canonical: CanonicalTransform,
    { for: purpose, effort }: RenderPurpose,
  ): Promise<RenderedImage> {
    this.renders.inc({ for: purpose });
    return this.withBytes(pictureSourceOf(media), async (input) => {
      const options = { limits: this.config.image, ...(effort !== undefined && { effort }) };
      if (!canonical.watermark) return renderTransform(input, canonical, options);
      const mark = pictureSourceOf(await this.watermarks.open(media, canonical.watermark.mediaId));
      return this.withBytes(mark, (watermark) =>
        renderTransform(input, canonical, { ...options, assets: { watermark } }),
      );
    });
  }

  private async withBytes<T>(
    { key, sizeBytes }: PictureSource,
    use: (input: string | Buffer) => Promise<T>,
  ): Promise<T> {
    const source = await this.store.get(key);
    if (sizeBytes <= MAX_BUFFERED_BYTES) return use(await buffer(source));
    return this.scratch.use(async (directory) => {
      const path = join(directory, 'source');
      await pipeline(source, createWriteStream(path));
      return use(path);
    });
  }
}
