import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { compressText } from './compress-text.js';
import { DeliveryAccess } from './delivery-access.js';
import { deliveryErrors } from './delivery.errors.js';
import { type Representation, RepresentationService } from './representation.service.js';
import { StreamPlaylists } from './stream-playlists.service.js';

/** When a player is to look again for what is still being made. */
const RETRY_SECONDS = 5;

/** A manifest that leads DASH players to the files of the HLS, relatively: a signed prefix covers both. */
@Injectable()
export class DashService {
  constructor(
    private readonly access: DeliveryAccess,
    private readonly playlists: StreamPlaylists,
    private readonly representations: RepresentationService,
  ) {}

  /** @throws MEDIA_NOT_FOUND, MEDIA_NOT_CLEAN, DASH_UNAVAILABLE, VARIANT_NOT_FOUND, with Retry-After while it may come */
  async send(
    id: string,
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  ): Promise<void> {
    const { media, cacheControl, embeddable } = await this.access.open(request, id);
    const manifest = await this.playlists.manifest(media);
    if (!manifest) {
      const headers = { 'Retry-After': String(RETRY_SECONDS) };
      throw deliveryErrors.VARIANT_NOT_FOUND(undefined, media.status === 'processing' ? { headers } : {});
    }
    const data = Buffer.from(manifest.text);
    const representation: Representation = {
      source: { data },
      contentType: 'application/dash+xml',
      sizeBytes: data.length,
      tag: createHash('sha256').update(data).digest('base64url').slice(0, 27),
      lastModified: new Date(media.createdAt),
      filename: `${media.id}.mpd`,
      disposition: null,
      cacheControl,
      embeddable,
    };
    await this.representations.send(request, reply, compressText(request, reply, representation));
  }
}
