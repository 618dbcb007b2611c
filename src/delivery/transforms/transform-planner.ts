import { Inject, Injectable } from '@nestjs/common';
import { type ProcessingConfig, processingConfig } from '../../config/index.js';
import {
  type CanonicalTransform,
  canonicalTransform,
  isDecodable,
  type OutputFormat,
  transformCost,
  transformHash,
  type TransformParams,
} from '../../processing/index.js';
import type { DeliverableMedia } from '../delivery-access.js';
import { deliveryErrors } from '../delivery.errors.js';
import { acceptedFormats } from './accepted-formats.js';
import { applyClientHints, type ClientHints } from './client-hints.js';

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

/** Decides what exactly is to be made of a media. */
@Injectable()
export class TransformPlanner {
  constructor(@Inject(processingConfig.KEY) private readonly config: ProcessingConfig) {}

  /**
   * What would answer the request, the best first; one more than one only for `format=auto`.
   * @throws TRANSFORM_UNSUPPORTED, TRANSFORM_INVALID
   */
  candidates(media: DeliverableMedia, { params, accept, hints }: TransformRequest): PlannedTransform[] {
    const { format = 'auto' } = params;
    const formats = format === 'auto' ? acceptedFormats(accept, sourceOf(media)) : [format];
    return formats.map((negotiated) =>
      this.plan(media, hints ? applyClientHints(params, hints, negotiated) : params, negotiated),
    );
  }

  /** @throws TRANSFORM_UNSUPPORTED, TRANSFORM_INVALID */
  plan(media: DeliverableMedia, params: TransformParams, negotiated: OutputFormat): PlannedTransform {
    const source = sourceOf(media);
    const canonical = canonicalTransform(params, source, {
      negotiated,
      maxOutputPixels: this.config.image.maxOutputPixels,
    });
    return { canonical, hash: transformHash(canonical), cost: transformCost(canonical, source) };
  }
}

function sourceOf(media: DeliverableMedia) {
  const { width, height } = media;
  // Until the media is processed its size is not known.
  if (media.kind !== 'image' || !isDecodable(media.contentType) || width === null || height === null) {
    throw deliveryErrors.TRANSFORM_UNSUPPORTED(
      media.status === 'processing' ? 'the media is still being processed' : undefined,
    );
  }
  return { width, height, hasAlpha: media.metadata['hasAlpha'] === true };
}
