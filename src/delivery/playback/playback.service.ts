import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Media, MediaRepository, type MediaView } from '../../media/index.js';
import { VideoStreams } from '../../processing/index.js';
import { DeliveryAccess } from '../delivery-access.js';
import { deliveryErrors } from '../delivery.errors.js';
import type { PlaybackDto } from './playback.dto.js';

/** What a player has to know of a video before it begins, and while it is still being made. */
@Injectable()
export class PlaybackService {
  constructor(
    private readonly access: DeliveryAccess,
    private readonly repository: MediaRepository,
    private readonly streams: VideoStreams,
  ) {}

  /** @throws MEDIA_NOT_FOUND, MEDIA_NOT_CLEAN, MEDIA_QUARANTINED, VARIANT_NOT_FOUND for what is no video */
  async describe(request: FastifyRequest, id: string): Promise<PlaybackDto> {
    const delivery = await this.access.open(request, id);
    const media = await this.repository.find(id);
    if (!media || !['video', 'audio'].includes(media.kind)) throw deliveryErrors.VARIANT_NOT_FOUND();
    const stream = await this.streams.current(id, media.generation);
    return toPlayback(media, delivery.media, stream?.encrypted === false);
  }
}

function toPlayback(media: Media, { variants }: MediaView, hasDash: boolean): PlaybackDto {
  const { status, progress, playable, durationMs } = media;
  const has = (test: (variant: MediaView['variants'][number]) => boolean) => variants.some(test);
  return {
    title: media.filename.replace(/\.[^.]*$/, ''),
    status,
    playable,
    progress,
    duration: durationMs === null ? null : durationMs / 1000,
    hls: playable ? 'hls/master.m3u8' : null,
    dash: status === 'ready' && hasDash ? 'dash/manifest.mpd' : null,
    poster: has(({ name }) => name === 'thumbnail-large') ? 'thumbnail?size=large' : null,
    storyboard: has(({ name }) => name === 'storyboard') ? 'storyboard/storyboard.vtt' : null,
  };
}
