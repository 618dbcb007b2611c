import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../../database/index.js';
import type { StoredTransform } from './stored-transform.js';

/** How exactly the last use is known: a transform is written down as used at most once in this time. */
const USE_RESOLUTION_MS = 10 * 60_000;
const FLUSH_MS = 30_000;
/** Uses that wait to be written; what is beyond is noted at a later use. */
const MAX_PENDING = 10_000;

/** Writes down which transforms are used, in batches and rarely, so that a hit costs the database nothing. */
@Injectable()
export class TransformUses implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(TransformUses.name);
  private readonly noted = new LRUCache<string, true>({ max: 100_000, ttl: USE_RESOLUTION_MS });
  private pending = new Set<string>();
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly database: Database) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.flush();
  }

  note({ id, lastUsedAt }: StoredTransform): void {
    if (Date.now() - Date.parse(lastUsedAt) < USE_RESOLUTION_MS || this.noted.has(id)) return;
    if (this.pending.size >= MAX_PENDING) return;
    this.noted.set(id, true);
    this.pending.add(id);
  }

  /** Writes down what was noted. A failure loses it: transforms then seem to be used less than they are. */
  async flush(): Promise<void> {
    if (this.pending.size === 0) return;
    const ids = [...this.pending];
    this.pending = new Set();
    try {
      await this.database
        .unit()
        .execute(
          `update variant set last_used_at = now() where id = any(?::uuid[]) and last_used_at < now() - interval '1 minute'`,
          [`{${ids.join(',')}}`],
          'run',
        );
    } catch (error) {
      this.logger.warn({ err: error, count: ids.length }, 'uses of transforms could not be written down');
    }
  }
}
