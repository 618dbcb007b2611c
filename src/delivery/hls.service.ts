import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Cache } from '../cache/index.js';
import { type StreamFile, type StreamFileName, VideoStreams } from '../processing/index.js';
import { compressText } from './compress-text.js';
import { type Delivery, DeliveryAccess } from './delivery-access.js';
import { deliveryErrors } from './delivery.errors.js';
import { RepresentationService } from './representation.service.js';
import { StoredStreams } from './stored-streams.js';
import {
  keyAnswer,
  type Playlist,
  playlistAnswer,
  playlistType,
  segmentAnswer,
  type StreamAnswer,
} from './stream-answer.js';
import { parseStreamPath, type StreamPath } from './stream-path.js';
import { StreamPlaylists } from './stream-playlists.service.js';

/** When a player is to look again for what is still being made. */
const RETRY_SECONDS = 2;

/** Playlists, segments and keys of videos, under relative paths, so that one signed prefix covers them all. */
@Injectable()
export class HlsService {
  constructor(
    private readonly access: DeliveryAccess,
    private readonly cache: Cache,
    private readonly streams: VideoStreams,
    private readonly playlists: StreamPlaylists,
    private readonly stored: StoredStreams,
    private readonly representations: RepresentationService,
  ) {}

  /** @throws MEDIA_NOT_FOUND, MEDIA_NOT_CLEAN, VARIANT_NOT_FOUND */
  async send(
    { id, path }: { id: string; path: string },
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  ): Promise<void> {
    const delivery = await this.access.open(request, id);
    const { media, embeddable, surrogateKeys } = delivery;
    const asked = parseStreamPath(path);
    const found = (asked && (await this.find(delivery, asked))) ?? (await this.stored.find(delivery, path));
    if (!found) {
      const headers = { 'Retry-After': String(RETRY_SECONDS) };
      throw deliveryErrors.VARIANT_NOT_FOUND(undefined, media.status === 'processing' ? { headers } : {});
    }
    const filename = `${media.id}-${path.replaceAll('/', '-')}`;
    const representation = { surrogateKeys, ...found, filename, disposition: null, embeddable };
    const isText = found.contentType === playlistType;
    await this.representations.send(
      request,
      reply,
      isText ? compressText(request, reply, representation) : representation,
    );
  }

  private async find(delivery: Delivery, asked: StreamPath): Promise<StreamAnswer | null> {
    const { media } = delivery;
    switch (asked.kind) {
      case 'key': {
        const key = await this.streams.findKey({ ...asked, mediaId: media.id });
        return key && keyAnswer(key);
      }
      case 'init':
      case 'segment': {
        const file = await this.file({ ...asked, mediaId: media.id });
        return file && segmentAnswer(delivery, file);
      }
      default: {
        const playlist = await this.playlist(delivery, asked);
        return playlist && playlistAnswer(delivery, playlist);
      }
    }
  }

  private playlist(
    delivery: Delivery,
    asked: Extract<StreamPath, { kind: 'master' | 'playlist' | 'frames' }>,
  ): Promise<Playlist | null> {
    if (asked.kind === 'master') return this.playlists.master(delivery.media);
    return asked.kind === 'playlist'
      ? this.playlists.rendition(delivery, asked.rendition)
      : this.playlists.frames(delivery, asked.rendition);
  }

  /** A file is written once, so what is known of it never changes. */
  private file(name: StreamFileName): Promise<StreamFile | null> {
    const { mediaId, generation, rendition, kind, number } = name;
    const key = [mediaId, generation, rendition, kind, number].join('/');
    return this.cache.remember('hls-file', key, () => this.streams.find(name));
  }
}
