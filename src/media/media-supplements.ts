import { Injectable } from '@nestjs/common';
import { type EntityData, type EntityManager, raw } from '@mikro-orm/postgresql';
import { Database } from '../database/index.js';
import { PendingDeletions } from '../storage/index.js';
import { CachePurges } from './cache-purges.js';
import { Media } from './entities/media.entity.js';
import { Variant } from './entities/variant.entity.js';
import type { MediaRun } from './media-jobs.js';
import { DELIVERY_GRACE_MS, type NewVariant } from './media-lifecycle.service.js';

/** The directory of an attempt that holds nothing but what a supplement has made. */
const HOME = /^.*?\/supplement\//;

/** What is made of a media after it has become ready. */
export interface Supplement {
  /** They take the place of those of the same names. */
  variants: NewVariant[];
  /** Of the attempt, registered before its first byte; the variants lie under `supplement/` in it. */
  prefix: string;
  /** Facts for the media's row; none: nothing that a client sees of it changes. */
  facts?: EntityData<Media>;
  /** What must still be so, else the work was for nothing. */
  provided?: { posterMs: number | null };
}

/** Adds to media that are ready what they can do without. */
@Injectable()
export class MediaSupplements {
  constructor(
    private readonly database: Database,
    private readonly deletions: PendingDeletions,
    private readonly purges: CachePurges,
  ) {}

  /** @returns false when the media is not ready any more, gone, or of another generation: nothing was added */
  add(run: MediaRun, { variants, prefix, facts = {}, provided }: Supplement): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const seen = Object.keys(facts).length > 0;
      // Also where nothing changes: views of the media in every cache are to be read again.
      const changed = await tx.nativeUpdate(
        Media,
        { ...run, ...provided, status: 'ready', deletedAt: null },
        seen
          ? { ...facts, updatedAt: new Date(), version: raw('version + 1') }
          : { generation: run.generation },
      );
      if (changed === 0) return false;
      if (!(await this.deletions.claim(tx, prefix))) {
        throw new Error('the variants of this run were swept before they were committed');
      }
      await this.replace(tx, run.id, variants);
      // Caches may have what was replaced.
      if (seen) await this.purges.request(tx, run.id);
      return true;
    });
  }

  private async replace(tx: EntityManager, id: string, variants: readonly NewVariant[]): Promise<void> {
    const replaced = { media: id, name: { $in: variants.map(({ name }) => name) } };
    const old = await tx.find(Variant, replaced);
    await tx.nativeDelete(Variant, replaced);
    await tx.insertMany(
      Variant,
      variants.map((variant) => ({ ...variant, media: id })),
    );
    // What lies among the files of the processing goes with them.
    const homes = new Set(old.map(homeOf).filter((home) => home !== null));
    for (const home of homes) {
      const inUse = await tx.count(Variant, { media: id, storageKey: { $like: `${home}%` } });
      if (inUse === 0) await this.deletions.register(tx, home, new Date(Date.now() + DELIVERY_GRACE_MS));
    }
  }
}

function homeOf({ storageKey }: Variant): string | null {
  return HOME.exec(storageKey)?.[0] ?? null;
}
