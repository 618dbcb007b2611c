import { Injectable } from '@nestjs/common';
import { type EntityData, type EntityManager, raw } from '@mikro-orm/postgresql';
import { Database } from '../database/index.js';
import { Media } from './entities/media.entity.js';
import { canBecome, type MediaStatus } from './media-status.js';

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

  /** Notes how far the processing is. It makes no new version: see `mediaEntityTag`. */
  async setProgress(id: string, generation: number, progress: number): Promise<void> {
    await this.database.unit().execute(
      `update media set progress = ?, updated_at = now()
         where id = ? and generation = ? and status = 'processing' and progress < ?`,
      [progress, id, generation, progress],
      'run',
    );
  }
}
