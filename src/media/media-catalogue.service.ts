import { Injectable } from '@nestjs/common';
import { type EntityData, LockMode } from '@mikro-orm/postgresql';
import type { Principal } from '../auth/index.js';
import { Database } from '../database/index.js';
import { sanitizeFileName } from '../security/index.js';
import { isCustomMetadata } from './dto/media-details.js';
import { CachePurges } from './cache-purges.js';
import type { ListMediaQuery } from './dto/list-media.query.js';
import type { PatchMediaDto } from './dto/patch-media.dto.js';
import { Media } from './entities/media.entity.js';
import { MediaAccess } from './media-access.js';
import { mediaErrors } from './media.errors.js';
import { MediaLookup } from './media-lookup.js';
import { listCondition, nextCursor } from './media-query.js';
import { MediaRepository } from './media.repository.js';

/** What a caller that sent If-Match has read; null when it sent none. */
export type ExpectedVersion = number | null;

/** Finding and changing what is known of media. */
@Injectable()
export class MediaCatalogueService {
  constructor(
    private readonly database: Database,
    private readonly access: MediaAccess,
    private readonly repository: MediaRepository,
    private readonly lookup: MediaLookup,
    private readonly purges: CachePurges,
  ) {}

  /** One page of what the principal may see, newest first. @throws CURSOR_INVALID */
  async list(
    principal: Principal,
    query: ListMediaQuery,
  ): Promise<{ items: Media[]; nextCursor: string | null }> {
    const rows = await this.database.unit().find(Media, listCondition(principal, query), {
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      limit: query.limit + 1,
    });
    return { items: rows.slice(0, query.limit), nextCursor: nextCursor(rows, query.limit) };
  }

  /**
   * Applies a JSON merge patch (RFC 7396).
   * @throws MEDIA_NOT_FOUND, MEDIA_FORBIDDEN, MEDIA_CHANGED, CUSTOM_METADATA_INVALID
   */
  async patch(
    principal: Principal,
    { id, version }: { id: string; version: ExpectedVersion },
    patch: PatchMediaDto,
  ): Promise<Media> {
    await this.access.changeable(principal, id);
    const updated = await this.database.transaction(async (tx) => {
      // Locked, so that of concurrent patches each merges into what the one before it has left.
      const media = await tx.findOne(Media, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!media) throw mediaErrors.MEDIA_NOT_FOUND();
      if (version !== null && version !== media.version) throw mediaErrors.MEDIA_CHANGED();
      const changes = merge(media, patch);
      // Also from private: what was handed out under signed URLs was said to be the public's.
      if (changes.visibility !== undefined && changes.visibility !== media.visibility) {
        await this.purges.request(tx, id);
      }
      return this.repository.update(tx, { id, version: null }, changes);
    });
    if (!updated) throw mediaErrors.MEDIA_NOT_FOUND();
    await this.lookup.forget(id);
    return updated;
  }

  /** Takes a media out of the trash. @throws MEDIA_NOT_FOUND, MEDIA_FORBIDDEN, MEDIA_NOT_IN_TRASH */
  async restore(principal: Principal, id: string): Promise<Media> {
    const media = await this.access.changeable(principal, id);
    if (media.deletedAt === null) throw mediaErrors.MEDIA_NOT_IN_TRASH();
    const restored = await this.repository.update(
      this.database.unit(),
      { id, version: null },
      { deletedAt: null },
    );
    if (!restored) throw mediaErrors.MEDIA_NOT_FOUND();
    await this.lookup.forget(id);
    return restored;
  }
}

function merge(media: Media, patch: PatchMediaDto): EntityData<Media> {
  const changes: EntityData<Media> = {};
  if (patch.filename !== undefined) changes.filename = sanitizeFileName(patch.filename);
  if (patch.visibility !== undefined) changes.visibility = patch.visibility;
  if (patch.tags !== undefined) changes.tags = patch.tags ?? [];
  if (patch.customMetadata !== undefined)
    changes.customMetadata = mergeObject(media.customMetadata, patch.customMetadata);
  return changes;
}

function mergeObject(
  current: Record<string, unknown>,
  patch: Record<string, unknown> | null,
): Record<string, unknown> {
  if (patch === null) return {};
  const merged = Object.fromEntries(
    Object.entries({ ...current, ...patch }).filter(([key]) => patch[key] !== null),
  );
  if (!isCustomMetadata(merged)) throw mediaErrors.CUSTOM_METADATA_INVALID();
  return merged;
}
