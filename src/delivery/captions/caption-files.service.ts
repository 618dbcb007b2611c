import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { MediaView, VariantView } from '../../media/index.js';
import { captionFileName, captionPlaylist, type CaptionTrack } from '../../processing/index.js';
import { compressText } from '../compress-text.js';
import { type Delivery, DeliveryAccess } from '../delivery-access.js';
import { deliveryErrors } from '../delivery.errors.js';
import { keyTag, type Representation, RepresentationService } from '../representation.service.js';
import { captionErrors } from './captions.errors.js';
import { type CaptionsDto, toCaptionsDto } from './captions.dto.js';

export interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
}

/** The captions of a media as its playlists name them. */
export function captionTracks({ variants }: Pick<MediaView, 'variants'>): CaptionTrack[] {
  return variants
    .filter(({ kind }) => kind === 'captions')
    .map(({ language, label, storageKey }) => ({
      language: language ?? 'und',
      label: label ?? '',
      tag: keyTag(storageKey),
    }));
}

/** Gives captions out: by themselves, and as HLS wants them. */
@Injectable()
export class CaptionFilesService {
  constructor(
    private readonly access: DeliveryAccess,
    private readonly representations: RepresentationService,
  ) {}

  async list(request: FastifyRequest, id: string): Promise<CaptionsDto[]> {
    const { media } = await this.access.open(request, id);
    return media.variants
      .filter(({ kind }) => kind === 'captions')
      .map((variant) => toCaptionsDto(media.id, variant));
  }

  /** @throws CAPTIONS_NOT_FOUND */
  async send(
    { request, reply }: Exchange,
    { id, language }: { id: string; language: string },
  ): Promise<void> {
    const delivery = await this.access.open(request, id);
    const variant = find(delivery.media, language);
    if (!variant) throw captionErrors.CAPTIONS_NOT_FOUND();
    await this.representations.send(request, reply, fileOf(delivery, variant));
  }

  /** The playlist, or the file that it names, which never changes. @throws VARIANT_NOT_FOUND */
  async sendHls(
    { request, reply }: Exchange,
    { id, language, file }: { id: string; language: string; file: string },
  ): Promise<void> {
    const delivery = await this.access.open(request, id);
    const variant = find(delivery.media, language);
    const track = variant && { tag: keyTag(variant.storageKey) };
    if (!track || delivery.media.durationMs === null) throw deliveryErrors.VARIANT_NOT_FOUND();
    if (file === 'index.m3u8') {
      const playlist = captionPlaylist(track, delivery.media.durationMs);
      const representation = playlistOf(delivery, { variant, playlist });
      await this.representations.send(request, reply, compressText(request, reply, representation));
    } else if (file === captionFileName(track)) {
      const whole = fileOf(delivery, variant);
      const cacheControl = whole.cacheControl.replace('no-cache', 'max-age=3600');
      await this.representations.send(request, reply, { ...whole, cacheControl, disposition: null });
    } else throw deliveryErrors.VARIANT_NOT_FOUND();
  }
}

function find({ variants }: MediaView, language: string): VariantView | null {
  return variants.find((variant) => variant.kind === 'captions' && variant.language === language) ?? null;
}

function fileOf({ media, cacheControl, embeddable }: Delivery, variant: VariantView): Representation {
  return {
    source: { key: variant.storageKey },
    contentType: 'text/vtt; charset=utf-8',
    sizeBytes: variant.sizeBytes,
    tag: keyTag(variant.storageKey),
    lastModified: new Date(variant.createdAt),
    filename: `${media.filename.replace(/\.[^.]*$/, '')}.${variant.language}.vtt`,
    disposition: 'inline',
    cacheControl,
    embeddable,
  };
}

function playlistOf(
  { media, cacheControl, embeddable }: Delivery,
  { variant, playlist }: { variant: VariantView; playlist: string },
): Representation {
  const data = Buffer.from(playlist);
  return {
    source: { data },
    contentType: 'application/vnd.apple.mpegurl',
    sizeBytes: data.length,
    tag: `${keyTag(variant.storageKey)}-${media.durationMs}`,
    lastModified: new Date(variant.createdAt),
    filename: `${media.id}-captions.m3u8`,
    disposition: null,
    cacheControl,
    embeddable,
  };
}
