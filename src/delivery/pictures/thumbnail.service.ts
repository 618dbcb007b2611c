import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DeliveryAccess } from '../delivery-access.js';
import type { ThumbnailQuery } from '../dto/thumbnail.query.js';
import { RepresentationService } from '../representation.service.js';
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
    if (time === undefined) {
      const delivery = await this.access.open(request, id);
      const thumbnail = variantRepresentation(delivery, `thumbnail-${size}`);
      await this.representations.send(request, reply, thumbnail);
      return;
    }
    const { media, cacheControl, embeddable } = await this.access.openCostly(request, id);
    const { source, sizeBytes, hash } = await this.frames.frame(media, time, size);
    await this.representations.send(request, reply, {
      source,
      contentType: 'image/webp',
      sizeBytes,
      tag: `${media.sha256.slice(0, 16)}-${hash}`,
      lastModified: new Date(media.createdAt),
      filename: `${media.filename.replace(/\.[^.]*$/, '')}-${time}.webp`,
      disposition: 'inline',
      cacheControl,
      embeddable,
    });
  }
}
