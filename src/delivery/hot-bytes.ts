import { buffer } from 'node:stream/consumers';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type DeliveryConfig, deliveryConfig } from '../config/index.js';
import { ObjectStore } from '../storage/index.js';

/** Larger objects are streamed: they would push too many small ones out. */
const MAX_ENTRY_BYTES = 256 * 1024;

/** Small objects that are read often, kept in memory. Keys are written once, so what is kept is never wrong. */
@Injectable()
export class HotBytes {
  private readonly entries: LRUCache<string, Buffer> | null;

  constructor(
    private readonly store: ObjectStore,
    @Inject(deliveryConfig.KEY) { images }: DeliveryConfig,
  ) {
    this.entries =
      images.memoryCacheBytes === 0
        ? null
        : new LRUCache<string, Buffer>({
            maxSize: images.memoryCacheBytes,
            maxEntrySize: MAX_ENTRY_BYTES,
            sizeCalculation: (bytes) => Math.max(bytes.length, 1),
            fetchMethod: async (key) => buffer(await this.store.get(key)),
          });
  }

  /**
   * All bytes of an object, or null when it is too large to be kept. Those who ask at once read it once.
   * @throws OBJECT_NOT_FOUND, STORAGE_UNAVAILABLE
   */
  async read(key: string, sizeBytes: number): Promise<Buffer | null> {
    if (this.entries === null || sizeBytes > MAX_ENTRY_BYTES) return null;
    return (await this.entries.fetch(key)) ?? null;
  }

  /** Keeps what was just written. */
  put(key: string, bytes: Buffer): void {
    if (bytes.length <= MAX_ENTRY_BYTES) this.entries?.set(key, bytes);
  }
}
