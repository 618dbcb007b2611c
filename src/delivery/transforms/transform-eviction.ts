import { Inject, Injectable } from '@nestjs/common';
import { type DeliveryConfig, deliveryConfig } from '../../config/index.js';
import { Database } from '../../database/index.js';
import { TransformIndex } from './transform-index.js';
import { TransformStore } from './transform-store.js';

/** Rows that go in one transaction. */
const BATCH = 200;
/** What goes beyond the bound goes down to this part of it, so that not every run finds a little too much. */
const TARGET = 0.95;

/** Whose transforms: an organization's, or those of a user who is in none; null for all. */
interface Scope {
  orgId: string | null;
  ownerId: string | null;
}

interface UsageRow {
  org_id: string | null;
  owner_id: string | null;
  bytes: string;
}

interface EvictedRow {
  media_id: string;
  name: string;
  storage_key: string;
  size_bytes: string;
}

export interface EvictionReport {
  evictedBytes: number;
  /** What is left. */
  bytes: number;
}

/** Keeps stored transforms within their bounds: those that nobody used for longest go first, whether preset or not. */
@Injectable()
export class TransformEviction {
  constructor(
    private readonly database: Database,
    private readonly results: TransformStore,
    private readonly index: TransformIndex,
    @Inject(deliveryConfig.KEY) private readonly config: DeliveryConfig,
  ) {}

  /** May run at any time, also beside another one: what both want to evict goes once. */
  async run(signal: AbortSignal): Promise<EvictionReport> {
    const { cacheMaxBytes, cacheMaxBytesPerOwner } = this.config.images;
    const usage = await this.usage();
    let evictedBytes = 0;
    if (cacheMaxBytesPerOwner > 0) {
      for (const { org_id: orgId, owner_id: ownerId, bytes } of usage) {
        evictedBytes += await this.shrink(
          { orgId, ownerId },
          excess(Number(bytes), cacheMaxBytesPerOwner),
          signal,
        );
      }
    }
    const left = usage.reduce((sum, { bytes }) => sum + Number(bytes), 0) - evictedBytes;
    const more = cacheMaxBytes > 0 ? await this.shrink(null, excess(left, cacheMaxBytes), signal) : 0;
    return { evictedBytes: evictedBytes + more, bytes: left - more };
  }

  private usage(): Promise<UsageRow[]> {
    return this.database.unit().execute<UsageRow[]>(
      `select media.org_id, case when media.org_id is null then media.owner_id end as owner_id,
              sum(variant.size_bytes) as bytes
         from variant join media on media.id = variant.media_id
        where variant.kind = 'transform' group by 1, 2`,
    );
  }

  /** @returns how many bytes went: at least `bytes`, unless others were faster */
  private async shrink(scope: Scope | null, bytes: number, signal: AbortSignal): Promise<number> {
    let gone = 0;
    while (gone < bytes && !signal.aborted) {
      const evicted = await this.evict(scope, bytes - gone);
      if (evicted.length === 0) break;
      for (const { media_id: mediaId, name: hash, size_bytes } of evicted) {
        gone += Number(size_bytes);
        await this.index.forget({ mediaId, hash });
      }
    }
    return gone;
  }

  /** Evicts the oldest, as many as it takes or as a transaction may have. */
  private evict(scope: Scope | null, bytes: number): Promise<EvictedRow[]> {
    const owned = scope
      ? 'and media.org_id is not distinct from ? and (media.org_id is not null or media.owner_id = ?)'
      : '';
    return this.database.transaction(async (tx) => {
      const rows = await tx.execute<EvictedRow[]>(
        `with oldest as (
           select variant.id, variant.last_used_at, variant.size_bytes
             from variant join media on media.id = variant.media_id
            where variant.kind = 'transform' ${owned}
            order by variant.last_used_at, variant.id limit ? for update of variant skip locked),
         counted as (
           select id, sum(size_bytes) over (order by last_used_at, id) - size_bytes as before from oldest)
         delete from variant using counted
          where variant.id = counted.id and counted.before < ?
         returning variant.media_id, variant.name, variant.storage_key, variant.size_bytes`,
        [...(scope ? [scope.orgId, scope.ownerId] : []), BATCH, bytes],
      );
      for (const { storage_key } of rows) await this.results.release(tx, storage_key);
      return rows;
    });
  }
}

function excess(bytes: number, bound: number): number {
  return bytes > bound ? bytes - bound * TARGET : 0;
}
