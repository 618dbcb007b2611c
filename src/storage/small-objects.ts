import { buffer } from 'node:stream/consumers';
import { LRUCache } from 'lru-cache';
import type { ObjectStore } from './object-store.js';

/** Larger ones are streamed. */
export const SMALL_OBJECT_BYTES = 256 * 1024;

/** The small objects that are read most, in memory: the bytes under a key never change, so nothing has to be told. */
export class SmallObjects {
  private readonly objects: LRUCache<string, Buffer>;

  constructor(
    private readonly store: ObjectStore,
    maxBytes: number,
  ) {
    this.objects = new LRUCache({
      maxSize: Math.max(1, maxBytes),
      sizeCalculation: ({ length }) => Math.max(1, length),
      fetchMethod: async (key) => buffer(await this.store.get(key)),
    });
  }

  /**
   * The bytes of an object, or null when it is too large to be kept.
   * @param sizeBytes what is known of its size
   * @throws OBJECT_NOT_FOUND, STORAGE_UNAVAILABLE
   */
  async read(key: string, sizeBytes: number): Promise<Buffer | null> {
    if (sizeBytes > SMALL_OBJECT_BYTES) return null;
    return this.objects.get(key) ?? (await this.objects.forceFetch(key));
  }
}
