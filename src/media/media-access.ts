import { Injectable } from '@nestjs/common';
import { canChange, canRead, type Principal } from '../auth/index.js';
import type { Media } from './entities/media.entity.js';
import { mediaErrors } from './media.errors.js';
import { MediaLookup, type MediaView } from './media-lookup.js';
import { MediaRepository } from './media.repository.js';

/** Who may do what with which media: hidden and absent look the same. */
@Injectable()
export class MediaAccess {
  constructor(
    private readonly repository: MediaRepository,
    private readonly lookup: MediaLookup,
  ) {}

  /**
   * A media that the principal may read; one in the trash is there for those who may change it.
   * @throws MEDIA_NOT_FOUND
   */
  async readable(principal: Principal | null, id: string): Promise<Media> {
    const media = await this.repository.find(id);
    if (!media || !canRead(principal, media) || (media.deletedAt && !canChange(principal, media))) {
      throw mediaErrors.MEDIA_NOT_FOUND();
    }
    return media;
  }

  /**
   * A media that the principal may change.
   * @throws MEDIA_NOT_FOUND, MEDIA_FORBIDDEN
   */
  async changeable(principal: Principal, id: string): Promise<Media> {
    const media = await this.readable(principal, id);
    if (!canChange(principal, media)) throw mediaErrors.MEDIA_FORBIDDEN();
    return media;
  }

  /**
   * A media whose bytes the caller may have: not in the trash, and readable by the principal unless a
   * signed URL has granted it.
   * @throws MEDIA_NOT_FOUND
   */
  async deliverable(id: string, by: { principal: Principal | null; signed: boolean }): Promise<MediaView> {
    const media = await this.lookup.find(id);
    if (!media || media.deleted || !(by.signed || canRead(by.principal, media)))
      throw mediaErrors.MEDIA_NOT_FOUND();
    return media;
  }
}
