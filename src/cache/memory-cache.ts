import { LRUCache } from 'lru-cache';
import { Cache, TOMBSTONE_MS } from './cache.js';

const MAX_ENTRIES = 10_000;

interface Entry {
  /** JSON; null is a tombstone. */
  json: string | null;
}

/** In this process alone: changes made elsewhere arrive as notifications. */
export class MemoryCache extends Cache {
  private readonly entries = new LRUCache<string, Entry>({ max: MAX_ENTRIES });

  constructor(private readonly ttlMs: number) {
    super();
  }

  override async remember<T>(
    namespace: string,
    key: string,
    load: () => Promise<T | null>,
  ): Promise<T | null> {
    const name = `${namespace}:${key}`;
    const entry = this.entries.get(name);
    if (entry && entry.json !== null) return JSON.parse(entry.json) as T;
    const generation = this.generation;
    const value = await load();
    if (value !== null && generation === this.generation && !this.entries.has(name)) {
      this.entries.set(name, { json: JSON.stringify(value) }, { ttl: this.ttlMs });
    }
    return value;
  }

  override async forget(namespace: string, key: string): Promise<void> {
    this.entries.set(`${namespace}:${key}`, { json: null }, { ttl: TOMBSTONE_MS });
  }

  override reset(): void {
    this.generation += 1;
    this.entries.clear();
  }

  override async close(): Promise<void> {
    this.entries.clear();
  }

  /** Counts the resets, so that a load that began before one is not kept. */
  private generation = 0;
}
