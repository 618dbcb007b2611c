import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type StorageConfig, storageConfig } from '../../config/index.js';
import { ObjectStore } from '../../storage/index.js';
import { playlistUris, replaceUris } from './playlist-uris.js';
import type { UrlLifetime } from './url-lifetime.js';

/** Bytes of texts that one process keeps: a URL has some 400, and a film has a thousand of them in each rendition. */
const keptBytes = 32 * 1024 ** 2;

export interface PlaylistToSign {
  text: string;
  /** The same for the same text, without the lifetime; null for one that will soon be another. */
  name: string | null;
  lifetime: UrlLifetime;
  /** Keys of objects by the URIs of the text; asked for only when the URLs have to be made. */
  keys: () => Promise<ReadonlyMap<string, string>>;
}

/** Media playlists that lead straight to the store, where that is configured. */
@Injectable()
export class PresignedPlaylists {
  readonly enabled: boolean;
  /** A text is never old here: when its URLs are to be others, so is its lifetime. */
  private readonly kept = new LRUCache<string, string>({
    maxSize: keptBytes,
    sizeCalculation: ({ length }) => Math.max(1, length),
  });

  constructor(
    private readonly store: ObjectStore,
    @Inject(storageConfig.KEY) { presignSegments }: StorageConfig,
  ) {
    this.enabled = presignSegments && store.canPresign;
  }

  async sign({ text, name, lifetime, keys }: PlaylistToSign): Promise<string> {
    const { signedAt, expiresInSeconds } = lifetime;
    const place = name === null ? null : [name, signedAt, expiresInSeconds].join('/');
    const known = place === null ? undefined : this.kept.get(place);
    if (known !== undefined) return known;
    const byUri = await keys();
    const files = playlistUris(text).flatMap((uri) => {
      const key = byUri.get(uri);
      return key === undefined ? [] : [{ uri, key }];
    });
    const urls = await this.store.presignGets(
      files.map(({ key }) => key),
      { signedAt: new Date(signedAt * 1000), expiresInSeconds },
    );
    const signed = replaceUris(text, new Map(files.map(({ uri }, at) => [uri, urls[at] ?? uri])));
    if (place !== null) this.kept.set(place, signed);
    return signed;
  }
}
