import { Injectable } from '@nestjs/common';
import { type EntityData, type EntityManager, raw } from '@mikro-orm/postgresql';
import { Database } from '../database/index.js';
import { Media } from './entities/media.entity.js';
import { ANALYSIS, type MediaAnalysis } from './media-analysis.js';
import type { MediaRun } from './media-jobs.js';
import { canBecome, type MediaStatus } from './media-status.js';

const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** A step of a media's life: refused by the database unless it still stands where the caller believes. */
export interface Transition {
  id: string;
  from: readonly MediaStatus[];
  to: MediaStatus;
  /** The generation that the caller works for; another one means that a reprocess has begun since. */
  generation?: number;
}

/** Rows of media; every change is a conditional UPDATE that says whether it found what it expected. */
@Injectable()
export class MediaRepository {
  constructor(private readonly database: Database) {}

  find(id: string): Promise<Media | null> {
    return this.database.unit().findOne(Media, { id });
  }

  /**
   * Moves a media to another status.
   * @returns false when it stands elsewhere by now, is gone or belongs to another generation
   * @throws Error for a step that the state machine does not have
   */
  async transition(tx: EntityManager, step: Transition, changes: EntityData<Media> = {}): Promise<boolean> {
    for (const from of step.from) {
      if (!canBecome(from, step.to)) throw new Error(`a media never goes from ${from} to ${step.to}`);
    }
    const changed = await tx.nativeUpdate(
      Media,
      {
        id: step.id,
        status: { $in: [...step.from] },
        ...(step.generation === undefined ? {} : { generation: step.generation }),
      },
      { ...changes, status: step.to, updatedAt: new Date(), version: raw('version + 1') },
    );
    return changed === 1;
  }

  /**
   * Changes what a client may change.
   * @param version what the caller has read; null changes whatever is there
   * @returns the media as it is now, or null when the version is another
   */
  async update(
    tx: EntityManager,
    { id, version }: { id: string; version: number | null },
    changes: EntityData<Media>,
  ): Promise<Media | null> {
    const changed = await tx.nativeUpdate(
      Media,
      { id, ...(version === null ? {} : { version }) },
      { ...changes, updatedAt: new Date(), version: raw('version + 1') },
    );
    return changed === 1 ? tx.findOneOrFail(Media, { id }, { refresh: true }) : null;
  }

  /**
   * Keeps what was seen in the picture of a media that is ready.
   * @returns false when it is of another generation by now, or gone
   */
  async keepAnalysis(
    { id, generation }: MediaRun,
    analysis: MediaAnalysis,
    autoTags: string[],
  ): Promise<boolean> {
    const changed = await this.database.unit().nativeUpdate(
      Media,
      { id, generation, status: 'ready' },
      {
        metadata: raw('metadata || ?::jsonb', [JSON.stringify({ [ANALYSIS]: analysis })]),
        autoTags,
        updatedAt: new Date(),
        version: raw('version + 1'),
      },
    );
    return changed === 1;
  }

  /** Runs of pictures that are ready and were never analysed, by id; those that never had a picture are left out. */
  findNotAnalysed({
    after,
    before,
    limit,
  }: {
    /** The id that the batch before ended with. */
    after: string | null;
    /** Unchanged since then. */
    before: Date;
    limit: number;
  }): Promise<MediaRun[]> {
    return this.database.unit().execute<MediaRun[]>(
      `select id, generation from media
        where id > ? and kind = 'image' and status = 'ready' and deleted_at is null and updated_at < ?
          and placeholder is not null and not jsonb_exists(metadata, ?)
        order by id limit ?`,
      [after ?? LOWEST_ID, before, ANALYSIS, limit],
    );
  }

  /** Notes how far the processing is, or the edit that makes the bytes. It makes no new version: see `mediaEntityTag`. */
  async setProgress(id: string, generation: number, progress: number): Promise<void> {
    await this.database.unit().execute(
      `update media set progress = ?, updated_at = now()
         where id = ? and generation = ? and status in ('pending', 'processing') and progress < ?`,
      [progress, id, generation, progress],
      'run',
    );
  }
}
