import { Injectable } from '@nestjs/common';
import { canChange, type Principal } from '../../auth/index.js';
import { Database } from '../../database/index.js';
import { Media, MediaAccess } from '../../media/index.js';
import { Upload } from '../entities/upload.entity.js';
import { sessionErrors } from '../session/session.errors.js';
import type { MediaStanding, Standing, UploadStanding } from './standing.js';

/** What a caller wants to hear of. */
export interface Subject {
  kind: 'media' | 'upload';
  /** In lower case. */
  id: string;
}

/** Where uploads and media stand, as their rows say, for those who may know. */
@Injectable()
export class Standings {
  constructor(
    private readonly database: Database,
    private readonly access: MediaAccess,
  ) {}

  /**
   * A media as whoever may read it sees it; an upload, also after it became a media, is its owner's matter.
   * @throws MEDIA_NOT_FOUND, UPLOAD_NOT_FOUND
   */
  read(principal: Principal | null, { kind, id }: Subject): Promise<Standing> {
    return kind === 'media' ? this.ofMedia(principal, id) : this.ofUpload(principal, id);
  }

  private async ofMedia(principal: Principal | null, id: string): Promise<Standing> {
    const media = await this.access.readable(principal, id);
    const { ownerId, orgId } = media;
    const upload = media.status === 'pending' ? await this.findUpload(id) : null;
    return {
      id,
      ownerId,
      orgId,
      upload: upload ? standingOfUpload(upload) : allReceived(media),
      media: standingOfMedia(media),
    };
  }

  private async ofUpload(principal: Principal | null, id: string): Promise<Standing> {
    // In this order: between the two reads an upload may become a media, but never the other way round.
    const upload = await this.findUpload(id);
    const media = await this.database.unit().findOne(Media, { id });
    const owned = upload ?? media;
    if (!owned || !canChange(principal, owned)) throw sessionErrors.UPLOAD_NOT_FOUND();
    return {
      id,
      ownerId: owned.ownerId,
      orgId: owned.orgId,
      upload: upload && standingOfUpload(upload, media === null),
      media: media && standingOfMedia(media),
    };
  }

  private findUpload(id: string): Promise<Upload | null> {
    return this.database.unit().findOne(Upload, { id });
  }
}

/** @param orphaned what it became is gone: then it is gone too, although its row still answers a repeated commit */
function standingOfUpload(upload: Upload, orphaned = false): UploadStanding {
  const { state, offsetBytes, sizeBytes, failureCode } = upload;
  return {
    state,
    offset: offsetBytes,
    size: sizeBytes,
    failureCode,
    deleted: orphaned && state === 'committed',
  };
}

/** A media that waits for its hash alone, and whose upload is tidied away. */
function allReceived({ sizeBytes }: Media): UploadStanding {
  return { state: 'committed', offset: sizeBytes, size: sizeBytes, failureCode: null, deleted: false };
}

function standingOfMedia(media: Media): MediaStanding {
  const { status, generation, progress, playable, failureCode, visibility, deletedAt } = media;
  return { status, generation, progress, playable, failureCode, visibility, deleted: deletedAt !== null };
}
