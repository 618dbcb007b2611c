import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { posix } from 'node:path';
import { Injectable } from '@nestjs/common';
import { text } from 'node:stream/consumers';
import type { VariantView } from '../../media/index.js';
import { parseMediaPlaylist } from '../../processing/index.js';
import { ObjectStore } from '../../storage/index.js';
import { segmentAt } from './segment-at.js';

/** Fetches pieces of renditions from the store. */
@Injectable()
export class SegmentSource {
  constructor(private readonly store: ObjectStore) {}

  /**
   * Writes the init segment and the segment of a rendition that holds a time into one file.
   * @returns the time within that segment; null when the rendition has no segments
   */
  async fetch(rendition: VariantView, seconds: number, path: string): Promise<number | null> {
    const directory = posix.dirname(rendition.storageKey);
    const playlist = parseMediaPlaylist(await text(await this.store.get(rendition.storageKey)));
    const found = segmentAt(playlist.segments, seconds);
    if (!found || playlist.initUri === null) return null;
    const keys = [playlist.initUri, found.uri].map((uri) => posix.join(directory, uri));
    const { store } = this;
    await pipeline(async function* () {
      for (const key of keys) yield* await store.get(key);
    }, createWriteStream(path));
    return found.offsetSeconds;
  }
}
