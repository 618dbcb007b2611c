import { buffer } from 'node:stream/consumers';
import { posix } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Cache } from '../cache/index.js';
import { hlsContentType } from '../processing/index.js';
import { type ObjectHead, ObjectStore } from '../storage/index.js';
import type { Delivery } from './delivery-access.js';
import { playlistUris } from './presigned/playlist-uris.js';
import { PresignedPlaylists } from './presigned/presigned-playlists.js';
import { urlLifetime } from './presigned/url-lifetime.js';
import { keyTag } from './representation.service.js';
import { playlistAnswer, type StreamAnswer } from './stream-answer.js';

const filePath = /^(?:[a-z0-9]+\/)?[a-z0-9]+\.(?:m3u8|m4s|mp4)$/;
const masterPath = 'master.m3u8';

/** Streams whose playlists are stored, as those of sound alone. */
@Injectable()
export class StoredStreams {
  constructor(
    private readonly cache: Cache,
    private readonly store: ObjectStore,
    private readonly presigned: PresignedPlaylists,
  ) {}

  /** Null when there is no such file. */
  async find(delivery: Delivery, path: string): Promise<StreamAnswer | null> {
    const { media, cacheControl } = delivery;
    const hls = media.variants.find(({ kind }) => kind === 'hls');
    const contentType = hlsContentType(path);
    if (!hls || contentType === null || !filePath.test(path)) return null;
    const key = hls.storageKey + path;
    const head = await this.cache.remember('hls', key, () => this.store.head(key));
    if (!head) return null;
    const isPlaylist = path.endsWith('.m3u8');
    if (isPlaylist && path !== masterPath && this.presigned.enabled) return this.presign(delivery, head);
    return {
      source: { key },
      contentType,
      sizeBytes: head.sizeBytes,
      tag: keyTag(key),
      lastModified: new Date(head.lastModified),
      cacheControl: isPlaylist ? cacheControl : cacheControl.replace('no-cache', 'max-age=3600'),
    };
  }

  private async presign(delivery: Delivery, { key, lastModified }: ObjectHead): Promise<StreamAnswer> {
    const text = (await buffer(await this.store.get(key))).toString();
    const directory = `${posix.dirname(key)}/`;
    // What was cached is JSON.
    const stored = new Date(lastModified);
    const lifetime = urlLifetime({
      now: Date.now() / 1000,
      plannedAt: stored.getTime() / 1000,
      filmSeconds: (delivery.media.durationMs ?? 0) / 1000,
      until: delivery.grantedUntil && delivery.grantedUntil.getTime() / 1000,
    });
    const keys = async () => new Map(playlistUris(text).map((uri) => [uri, directory + uri]));
    const signed = await this.presigned.sign({ text, name: key, lifetime, keys });
    const { signedAt } = lifetime;
    return playlistAnswer(delivery, { text: signed, complete: true, signedAt, lastModified: stored });
  }
}
