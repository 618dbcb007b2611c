import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';
import { type ProcessingConfig, processingConfig } from '../../config/index.js';
import { TRANSFORM_RENDERS } from '../../metrics/index.js';
import { type CanonicalTransform, type RenderedImage, renderTransform } from '../../processing/index.js';
import type { DeliverableMedia } from '../delivery-access.js';
import { DecodableOriginals } from './decodable-originals.js';
import { pictureSourceOf } from './picture-source.js';
import { Watermarks } from './watermarks.js';

export interface RenderPurpose {
  for: 'request' | 'preset' | 'upgrade';
  /** Encoder effort in place of the one for requests. */
  effort?: number;
}

/** Makes pictures of originals. */
@Injectable()
export class TransformRenderer {
  constructor(
    private readonly originals: DecodableOriginals,
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
    return this.originals.use(pictureSourceOf(media), async (input) => {
      const options = { limits: this.config.image, ...(effort !== undefined && { effort }) };
      if (!canonical.watermark) return renderTransform(input, canonical, options);
      const mark = pictureSourceOf(await this.watermarks.open(media, canonical.watermark.mediaId));
      return this.originals.use(mark, (watermark) =>
        renderTransform(input, canonical, { ...options, assets: { watermark } }),
      );
    });
  }
}
