import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type MediaPlaylist, parseMediaPlaylist } from '../../src/processing/video/index.js';
import type { MediaClient } from './media-client.js';

/** Loads the stream of a media as a player does. */
export class HlsClient {
  constructor(
    private readonly client: MediaClient,
    private readonly id: string,
  ) {}

  async fetch(path: string): Promise<Response> {
    return this.client.request(`/v1/media/${this.id}/hls/${path}`);
  }

  async playlist(
    rendition: string,
    file = 'index.m3u8',
  ): Promise<MediaPlaylist & { text: string; cacheControl: string | null }> {
    const response = await this.fetch(`${rendition}/${file}`);
    if (response.status !== 200) throw new Error(`${rendition}/${file}: ${response.status}`);
    const text = await response.text();
    return { ...parseMediaPlaylist(text), text, cacheControl: response.headers.get('cache-control') };
  }

  /** Writes all of it into a directory, under the paths that the playlists name. */
  async download(directory: string): Promise<void> {
    const master = await (await this.fetch('master.m3u8')).text();
    await save(join(directory, 'master.m3u8'), master);
    const uris = [...master.matchAll(/^(?!#)(.+)$|URI="([^"]+)"/gm)].map(
      ([, line, attribute]) => line ?? attribute ?? '',
    );
    for (const uri of new Set(uris)) {
      const name = dirname(uri);
      const { text, initUri, segments } = await this.playlist(name, basename(uri));
      await save(join(directory, uri), text);
      for (const file of [initUri ?? '', ...segments.map((segment) => segment.uri)]) {
        const response = await this.fetch(`${name}/${file}`);
        if (response.status !== 200) throw new Error(`${name}/${file}: ${response.status}`);
        await save(join(directory, name, file), Buffer.from(await response.arrayBuffer()));
      }
    }
  }
}

async function save(path: string, data: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, data);
}
