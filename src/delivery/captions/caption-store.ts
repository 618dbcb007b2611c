import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { newId } from '../../common/index.js';
import { Database } from '../../database/index.js';
import { Media, mediaErrors, MediaLookup, MediaRepository } from '../../media/index.js';
import { attemptPrefix, ObjectStore, PendingDeletions, variantPrefix } from '../../storage/index.js';
import { captionErrors } from './captions.errors.js';

/** Long enough for one put of a megabyte. */
const LEASE_MS = 10 * 60_000;
/** For requests and cached playlists that still name what was replaced. */
const DELIVERY_GRACE_MS = 3_600_000;
const MAX_TRACKS = 100;

export interface NewCaptions {
  language: string;
  label: string;
  data: Buffer;
}

/** A media as the client believes it to be; see `expectedVersion`. */
export interface MediaAt {
  id: string;
  version: number | null;
}

/** What captions of a language are called among the variants of a media. */
function captionVariant(language: string): string {
  return `captions-${language}`;
}

/** Captions as variants: one row and one object each, replaced as a whole. */
@Injectable()
export class CaptionStore {
  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly deletions: PendingDeletions,
    private readonly repository: MediaRepository,
    private readonly lookup: MediaLookup,
  ) {}

  /**
   * Stores captions in the place of what there was in their language.
   * @returns the media as it is now, and whether there was nothing before
   * @throws MEDIA_CHANGED, CAPTIONS_TOO_MANY
   */
  async put(at: MediaAt, captions: NewCaptions): Promise<{ media: Media; created: boolean }> {
    const prefix = variantPrefix(at.id, newId());
    const key = `${prefix}captions.vtt`;
    await this.deletions.register(this.database.unit(), prefix, new Date(Date.now() + LEASE_MS));
    try {
      await this.store.put(key, Readable.from([captions.data], { objectMode: false }), {
        contentType: 'text/vtt',
      });
      return await this.change(at, async (tx) => {
        const created = !(await this.drop(tx, at.id, captions.language));
        if (created && (await this.count(tx, at.id)) >= MAX_TRACKS) throw captionErrors.CAPTIONS_TOO_MANY();
        await this.insert(tx, at.id, { ...captions, key });
        if (!(await this.deletions.claim(tx, prefix))) {
          throw new Error('the captions were swept before they were committed');
        }
        return created;
      });
    } catch (error) {
      await this.deletions.discard(prefix);
      throw error;
    }
  }

  /** @throws MEDIA_CHANGED, CAPTIONS_NOT_FOUND */
  async remove(at: MediaAt, language: string): Promise<void> {
    await this.change(at, async (tx) => {
      if (!(await this.drop(tx, at.id, language))) throw captionErrors.CAPTIONS_NOT_FOUND();
      return false;
    });
  }

  /** The new version of the media comes first: its row lock makes changes of its captions wait for each other. */
  private async change(
    at: MediaAt,
    work: (tx: EntityManager) => Promise<boolean>,
  ): Promise<{ media: Media; created: boolean }> {
    const changed = await this.database.transaction(async (tx) => {
      const media = await this.repository.update(tx, at, {});
      if (!media) throw at.version === null ? mediaErrors.MEDIA_NOT_FOUND() : mediaErrors.MEDIA_CHANGED();
      return { media, created: await work(tx) };
    });
    await this.lookup.forget(at.id);
    return changed;
  }

  /** @returns false when there was nothing */
  private async drop(tx: EntityManager, mediaId: string, language: string): Promise<boolean> {
    const rows = await tx.execute<{ storage_key: string }[]>(
      `delete from variant where media_id = ? and name = ? and kind = 'captions' returning storage_key`,
      [mediaId, captionVariant(language)],
    );
    for (const { storage_key } of rows) await this.expire(tx, storage_key);
    return rows.length > 0;
  }

  /** Embedded captions lie under the prefix of their whole run, which other variants still need. */
  private async expire(tx: EntityManager, key: string): Promise<void> {
    const prefix = attemptPrefix(key);
    const [others] = await tx.execute<{ count: string }[]>(
      'select count(*) from variant where starts_with(storage_key, ?)',
      [prefix],
    );
    if (Number(others?.count) > 0) return;
    await this.deletions.register(tx, prefix, new Date(Date.now() + DELIVERY_GRACE_MS));
  }

  private async count(tx: EntityManager, mediaId: string): Promise<number> {
    const [row] = await tx.execute<{ count: string }[]>(
      `select count(*) from variant where media_id = ? and kind = 'captions'`,
      [mediaId],
    );
    return Number(row?.count);
  }

  private async insert(
    tx: EntityManager,
    mediaId: string,
    { language, label, data, key }: NewCaptions & { key: string },
  ): Promise<void> {
    await tx.execute(
      `insert into variant (id, media_id, kind, name, content_type, size_bytes, storage_key, language, label, uploaded)
       values (?, ?, 'captions', ?, 'text/vtt', ?, ?, ?, ?, true)`,
      [newId(), mediaId, captionVariant(language), data.length, key, language, label],
      'run',
    );
  }
}
