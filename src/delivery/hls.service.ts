import { extname } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Cache } from '../cache/index.js';
import { hlsContentType } from '../processing/index.js';
import { ObjectStore } from '../storage/index.js';
import { DeliveryAccess } from './delivery-access.js';
import { deliveryErrors } from './delivery.errors.js';
import { keyTag, RepresentationService } from './representation.service.js';

/** What our own packager writes: `master.m3u8`, `720p/index.m3u8`, `audio/00001.m4s`. */
const HLS_PATH = /^(?:[a-z0-9]+\/)?[a-z0-9]+\.(?:m3u8|m4s|mp4)$/;

/** Playlists and segments of videos, under relative paths, so that one signed prefix covers them all. */
@Injectable()
export class HlsService {
  constructor(
    private readonly access: DeliveryAccess,
    private readonly cache: Cache,
    private readonly store: ObjectStore,
    private readonly representations: RepresentationService,
  ) {}

  /** @throws MEDIA_NOT_FOUND, MEDIA_NOT_CLEAN, VARIANT_NOT_FOUND */
  async send(
    { id, path }: { id: string; path: string },
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  ): Promise<void> {
    const { media, cacheControl, embeddable, surrogateKeys } = await this.access.open(request, id);
    const hls = media.variants.find(({ kind }) => kind === 'hls');
    const contentType = hlsContentType(path);
    if (!hls || contentType === null || !HLS_PATH.test(path)) throw deliveryErrors.VARIANT_NOT_FOUND();
    const key = hls.storageKey + path;
    // A key is written once, so what is known of it never changes.
    const head = await this.cache.remember('hls', key, () => this.store.head(key));
    if (!head) throw deliveryErrors.VARIANT_NOT_FOUND();
    await this.representations.send(request, reply, {
      key,
      contentType,
      sizeBytes: head.sizeBytes,
      tag: keyTag(key),
      lastModified: new Date(head.lastModified),
      filename: `${media.id}-${path.replaceAll('/', '-')}`,
      disposition: null,
      cacheControl:
        extname(path) === '.m3u8' ? cacheControl : cacheControl.replace('no-cache', 'max-age=3600'),
      embeddable,
      surrogateKeys,
    });
  }
}
