import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Cache } from '../../cache/index.js';
import { storyboardContentType } from '../../processing/index.js';
import { ObjectStore } from '../../storage/index.js';
import { DeliveryAccess } from '../delivery-access.js';
import { deliveryErrors } from '../delivery.errors.js';
import { keyTag, RepresentationService } from '../representation.service.js';

/** Storyboards, under relative paths, so that one signed prefix covers track and sheets. */
@Injectable()
export class StoryboardService {
  constructor(
    private readonly access: DeliveryAccess,
    private readonly cache: Cache,
    private readonly store: ObjectStore,
    private readonly representations: RepresentationService,
  ) {}

  /** @throws MEDIA_NOT_FOUND, MEDIA_NOT_CLEAN, VARIANT_NOT_FOUND */
  async send(
    { id, file }: { id: string; file: string },
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  ): Promise<void> {
    const { media, cacheControl, embeddable, surrogateKeys } = await this.access.open(request, id);
    const storyboard = media.variants.find(({ kind }) => kind === 'storyboard');
    const contentType = storyboardContentType(file);
    if (!storyboard || contentType === null) throw deliveryErrors.VARIANT_NOT_FOUND();
    const key = storyboard.storageKey + file;
    // A key is written once, so what is known of it never changes.
    const head = await this.cache.remember('storyboard', key, () => this.store.head(key));
    if (!head) throw deliveryErrors.VARIANT_NOT_FOUND();
    await this.representations.send(request, reply, {
      source: { key },
      contentType,
      sizeBytes: head.sizeBytes,
      tag: keyTag(key),
      lastModified: new Date(head.lastModified),
      filename: `${media.id}-${file}`,
      disposition: null,
      cacheControl,
      embeddable,
      surrogateKeys,
    });
  }
}
