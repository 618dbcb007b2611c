import { Inject, Injectable } from '@nestjs/common';
import { type ProcessingConfig, processingConfig } from '../../config/index.js';
import {
  type CanonicalTransform,
  canonicalTransform,
  type OutputFormat,
  transformCost,
  transformHash,
  type TransformParams,
} from '../../processing/index.js';
import type { DeliverableMedia } from '../delivery-access.js';
import { acceptedFormats } from './accepted-formats.js';
import { applyClientHints, type ClientHints } from './client-hints.js';
import { pictureSourceOf, staysAnimated } from './picture-source.js';
import { Watermarks } from './watermarks.js';

/** What was asked for, and by what sort of client. */
export interface TransformRequest {
  params: TransformParams;
  /** The Accept header, for `format=auto`. */
  accept: string | undefined;
  /** Null where they are not followed. */
  hints: ClientHints | null;
}

/** A transform with everything decided. */
export interface PlannedTransform {
  canonical: CanonicalTransform;
  hash: string;
  /** Estimated CPU milliseconds. */
  cost: number;
}

/** One way to answer a request. */
export interface Candidate extends PlannedTransform {
  /** There is no other way. */
  last: boolean;
}

/** Decides what exactly is to be made of a media. */
@Injectable()
export class TransformPlanner {
  constructor(
    private readonly watermarks: Watermarks,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {}

  /**
   * What would answer the request, the best first; more than one only for `format=auto`. Each is planned when it is
   * asked for: mostly the first one will do.
   * @throws TRANSFORM_UNSUPPORTED, TRANSFORM_INVALID, WATERMARK_UNUSABLE
   */
  async *candidates(
    media: DeliverableMedia,
    { params, accept, hints }: TransformRequest,
  ): AsyncGenerator<Candidate> {
    const formats = this.formats(media, params, accept);
    for (const [position, negotiated] of formats.entries()) {
      const wanted = hints ? applyClientHints(params, hints, negotiated) : params;
      const planned = await this.plan(media, wanted, negotiated);
      yield { ...planned, last: position === formats.length - 1 };
    }
  }

  /** The formats that a request may be answered in, the best first. @throws TRANSFORM_UNSUPPORTED */
  formats(media: DeliverableMedia, params: TransformParams, accept: string | undefined): OutputFormat[] {
    const { format = 'auto' } = params;
    if (format !== 'auto') return [format];
    const source = pictureSourceOf(media);
    return acceptedFormats(accept, {
      hasAlpha: source.hasAlpha,
      moves: staysAnimated(source, params),
    });
  }

  /**
   * What one format of a request means for a media.
   * @throws TRANSFORM_UNSUPPORTED, TRANSFORM_INVALID, WATERMARK_UNUSABLE
   */
  async plan(
    media: DeliverableMedia,
    params: TransformParams,
    negotiated: OutputFormat,
  ): Promise<PlannedTransform> {
    const source = pictureSourceOf(media);
    const watermark = await this.watermarks.of(media, params);
    const canonical = canonicalTransform(params, source, {
      negotiated,
      maxOutputPixels: this.config.image.maxOutputPixels,
      ...(watermark && { watermark }),
    });
    return { canonical, hash: transformHash(canonical), cost: transformCost(canonical, source) };
  }
}
