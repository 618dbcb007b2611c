import { Injectable } from '@nestjs/common';
import { MediaLookup, type MediaView } from '../../media/index.js';
import { requiredWatermark, type TransformParams, type WatermarkSource } from '../../processing/index.js';
import { type DeliverableMedia, deliverable } from '../delivery-access.js';
import { deliveryErrors } from '../delivery.errors.js';

/** Pictures that transforms draw onto others. */
@Injectable()
export class Watermarks {
  constructor(private readonly lookup: MediaLookup) {}

  /**
   * The watermark that a transform of a media names, if any.
   * @throws WATERMARK_UNUSABLE
   */
  async of(
    media: DeliverableMedia,
    params: Pick<TransformParams, 'watermark'>,
  ): Promise<WatermarkSource | undefined> {
    const id = requiredWatermark(params);
    if (id === null) return undefined;
    const { sha256 } = await this.open(media, id);
    return { mediaId: id, sha256 };
  }

  /** @throws WATERMARK_UNUSABLE */
  async open(media: DeliverableMedia, id: string): Promise<DeliverableMedia> {
    const found = await this.lookup.find(id);
    const watermark = found && mayMark(media, found) ? deliverable(found) : null;
    if (watermark?.kind !== 'image') throw deliveryErrors.WATERMARK_UNUSABLE();
    return watermark;
  }
}

/**
 * Whoever sees the marked picture sees the mark: it must be the same owner's, or one that the owner's organization may
 * see.
 */
function mayMark(media: MediaView, mark: MediaView): boolean {
  if (mark.ownerId === media.ownerId && mark.orgId === media.orgId) return true;
  return mark.orgId !== null && mark.orgId === media.orgId && mark.visibility !== 'private';
}
