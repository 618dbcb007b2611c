import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf, unauthenticated } from '../../auth/index.js';
import { goneSignal } from '../../common/index.js';
import { signedTokenOf } from '../../security/index.js';
import { DeliveryAccess } from '../delivery-access.js';
import { deliveryErrors } from '../delivery.errors.js';
import type { ThumbnailQuery } from '../dto/thumbnail.query.js';
import { keyTag, RepresentationService } from '../representation.service.js';
import { variantRepresentation } from '../variant-representation.js';
import { FrameService } from './frame.service.js';

/** Thumbnails: of what stands for a media, or of a moment of a video. */
@Injectable()
export class ThumbnailService {
  constructor(
    private readonly access: DeliveryAccess,
    private readonly frames: FrameService,
    private readonly representations: RepresentationService,
  ) {}

  /** @throws MEDIA_NOT_FOUND, MEDIA_NOT_CLEAN, UNAUTHENTICATED, what FrameService throws */
  async send(
    { id, query: { size, time } }: { id: string; query: ThumbnailQuery },
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  ): Promise<void> {
    const delivery = await this.access.open(request, id);
    if (time === undefined) {
      const thumbnail = variantRepresentation(delivery, `thumbnail-${size}`);
      await this.representations.send(request, reply, thumbnail);
      return;
    }
    const { media, derivedCacheControl, embeddable, surrogateKeys } = delivery;
    // What costs work to make the public gets by signed URLs only.
    if (signedTokenOf(request.raw) === null && !principalOf(request)) throw unauthenticated();
    const gone = goneSignal(reply, deliveryErrors.TRANSFORM_BUSY());
    const arrivedAt = performance.now() - reply.elapsedTime;
    const { storageKey: key, ...frame } = await this.frames.frame(media, { time, size }, { gone, arrivedAt });
    await this.representations.send(request, reply, {
      source: { key },
      contentType: frame.contentType,
      sizeBytes: frame.sizeBytes,
      tag: keyTag(key),
      lastModified: new Date(frame.createdAt),
      filename: `${media.filename.replace(/\.[^.]*$/, '')}-${time}.webp`,
      disposition: 'inline',
      cacheControl: derivedCacheControl,
      embeddable,
      surrogateKeys,
      hot: true,
    });
  }
}
