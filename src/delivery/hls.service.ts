import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Cache } from '../cache/index.js';
import {
  hlsContentType,
  type StreamFile,
  type StreamFileName,
  type StreamKeyName,
  VideoStreams,
} from '../processing/index.js';
import { ObjectStore } from '../storage/index.js';
import { compressText } from './compress-text.js';
import { type Delivery, DeliveryAccess } from './delivery-access.js';
import { deliveryErrors } from './delivery.errors.js';
import { keyTag, type Representation, RepresentationService } from './representation.service.js';
import { parseStreamPath, type StreamPath } from './stream-path.js';
import { type Playlist, StreamPlaylists } from './stream-playlists.service.js';

/** Of streams that are stored as files. */
const FILE_PATH = /^(?:[a-z0-9]+\/)?[a-z0-9]+\.(?:m3u8|m4s|mp4)$/;
const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
/** When a player is to look again for what is still being made. */
const RETRY_SECONDS = 2;

type Sent = Pick<
  Representation,
  'source' | 'contentType' | 'sizeBytes' | 'tag' | 'lastModified' | 'cacheControl' | 'surrogateKeys'
>;

/** Playlists, segments and keys of videos, under relative paths, so that one signed prefix covers them all. */
@Injectable()
export class HlsService {
  constructor(
    private readonly access: DeliveryAccess,
    private readonly cache: Cache,
    private readonly store: ObjectStore,
    private readonly streams: VideoStreams,
    private readonly playlists: StreamPlaylists,
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
    const found = (asked && (await this.find(delivery, asked))) ?? (await this.findStored(delivery, path));
    if (!found) {
      const headers = { 'Retry-After': String(RETRY_SECONDS) };
      throw deliveryErrors.VARIANT_NOT_FOUND(undefined, media.status === 'processing' ? { headers } : {});
    }
    const filename = `${media.id}-${path.replaceAll('/', '-')}`;
    const representation = { surrogateKeys, ...found, filename, disposition: null, embeddable };
    const { contentType } = found;
    const isText = contentType === PLAYLIST_TYPE;
    await this.representations.send(
      request,
      reply,
      isText ? compressText(request, reply, representation) : representation,
    );
  }

  private async find(delivery: Delivery, asked: StreamPath): Promise<Sent | null> {
    const { media } = delivery;
    switch (asked.kind) {
      case 'master':
        return playlist(delivery, await this.playlists.master(media));
      case 'playlist':
        return playlist(delivery, await this.playlists.rendition(media, asked.rendition));
      case 'frames':
        return playlist(delivery, await this.playlists.frames(media, asked.rendition));
      case 'key':
        return this.key({ ...asked, mediaId: media.id });
      default:
        return segment(delivery, await this.file({ ...asked, mediaId: media.id }));
    }
  }

  /** The key of a rendition, for whoever may have its segments, and for no cache on the way. */
  private async key(name: StreamKeyName): Promise<Sent | null> {
    const found = await this.streams.findKey(name);
    return (
      found && {
        source: { data: found.key },
        contentType: 'application/octet-stream',
        sizeBytes: found.key.length,
        tag: keyTag([name.mediaId, name.generation, name.rendition].join('/')),
        lastModified: found.createdAt,
        cacheControl: 'private, no-store',
        surrogateKeys: [],
      }
    );
  }

  /** A file is written once, so what is known of it never changes. */
  private file(name: StreamFileName): Promise<StreamFile | null> {
    const { mediaId, generation, rendition, kind, number } = name;
    const key = [mediaId, generation, rendition, kind, number].join('/');
    return this.cache.remember('hls-file', key, () => this.streams.find(name));
  }

  /** A stream whose playlists are stored, as of sound alone. */
  private async findStored({ media, cacheControl }: Delivery, path: string): Promise<Sent | null> {
    const hls = media.variants.find(({ kind }) => kind === 'hls');
    const contentType = hlsContentType(path);
    if (!hls || contentType === null || !FILE_PATH.test(path)) return null;
    const key = hls.storageKey + path;
    const head = await this.cache.remember('hls', key, () => this.store.head(key));
    if (!head) return null;
    return {
      source: { key },
      contentType,
      sizeBytes: head.sizeBytes,
      tag: keyTag(key),
      lastModified: new Date(head.lastModified),
      cacheControl:
        extname(path) === '.m3u8' ? cacheControl : cacheControl.replace('no-cache', 'max-age=3600'),
    };
  }
}

function playlist({ media, cacheControl }: Delivery, found: Playlist | null): Sent | null {
  if (!found) return null;
  const data = Buffer.from(found.text);
  return {
    source: { data },
    contentType: PLAYLIST_TYPE,
    sizeBytes: data.length,
    tag: createHash('sha256').update(data).digest('base64url').slice(0, 27),
    lastModified: found.complete ? new Date(media.createdAt) : new Date(),
    // One that grows is old in a moment.
    cacheControl: found.complete ? cacheControl : cacheControl.replace(/max-age=\d+/, 'max-age=1'),
  };
}

/** Its bytes are the same for ever, but who may have them is not: no longer than anything else is kept. */
function segment({ cacheControl }: Delivery, file: StreamFile | null): Sent | null {
  return (
    file && {
      source: { key: file.key },
      contentType: file.contentType,
      sizeBytes: file.sizeBytes,
      tag: keyTag(file.key),
      lastModified: new Date(file.createdAt),
      cacheControl: `${cacheControl.replace('no-cache', 'max-age=3600')}, immutable`,
    }
  );
}
