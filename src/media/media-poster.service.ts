import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/index.js';
import { Database } from '../database/index.js';
import { Outbox } from '../events/index.js';
import type { Media } from './entities/media.entity.js';
import { MediaAccess } from './media-access.js';
import { posterJob } from './media-jobs.js';
import { mediaErrors } from './media.errors.js';
import { MediaLookup } from './media-lookup.js';
import { MediaRepository } from './media.repository.js';

/** Which picture stands for a video. */
@Injectable()
export class MediaPosterService {
  constructor(
    private readonly database: Database,
    private readonly access: MediaAccess,
    private readonly repository: MediaRepository,
    private readonly lookup: MediaLookup,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Notes the time of the poster and asks for the job that makes it and its thumbnails; for a video that is not
   * ready yet that follows when it is. Kept through every reprocess.
   * @param seconds null: where the service chooses
   * @throws MEDIA_NOT_FOUND, MEDIA_FORBIDDEN, MEDIA_NOT_VIDEO
   */
  async choose(principal: Principal, id: string, seconds: number | null): Promise<Media> {
    const media = await this.access.changeable(principal, id);
    if (media.deletedAt !== null) throw mediaErrors.MEDIA_NOT_FOUND();
    if (media.kind !== 'video') throw mediaErrors.MEDIA_NOT_VIDEO();
    const posterMs = seconds === null ? null : Math.round(seconds * 1000);
    const updated = await this.database.transaction(async (tx) => {
      const changed = await this.repository.update(tx, { id, version: null }, { posterMs });
      if (changed?.status === 'ready') await this.outbox.add(tx, posterJob(changed));
      return changed;
    });
    if (!updated) throw mediaErrors.MEDIA_NOT_FOUND();
    await this.lookup.forget(id);
    return updated;
  }
}
