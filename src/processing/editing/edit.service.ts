import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/index.js';
import { Database } from '../../database/index.js';
import {
  type EditOperation,
  type EditPlan,
  Media,
  MediaAccess,
  MediaCommitService,
  MediaLookup,
} from '../../media/index.js';
import { QuotaService } from '../../quota/index.js';
import { sanitizeFileName } from '../../security/index.js';
import type { EditDetailsDto } from './dto/edit-details.dto.js';
import { editErrors } from './edit.errors.js';
import { operationOf } from './edit-graph.js';
import { EditLimits } from './edit-limits.js';
import { spanOf } from './edit-span.js';

export interface NewEdit {
  /** Given out by an earlier attempt of the same request: what that has made is the answer. */
  id: string;
  plan: EditPlan;
  details: EditDetailsDto;
}

/** Edits as clients ask for them. */
@Injectable()
export class EditService {
  constructor(
    private readonly database: Database,
    private readonly access: MediaAccess,
    private readonly lookup: MediaLookup,
    private readonly quota: QuotaService,
    private readonly commits: MediaCommitService,
    private readonly limits: EditLimits,
  ) {}

  /**
   * Makes a media that waits for its bytes, and asks for the job that makes them. What it will need of the quota is
   * not known: as much as is taken of the sources is reserved, and settled when the bytes are there.
   * @throws MEDIA_NOT_FOUND, MEDIA_FORBIDDEN, EDIT_*, QUOTA_EXCEEDED
   */
  async begin(principal: Principal, { id, plan, details }: NewEdit): Promise<Media> {
    const unit = this.database.unit();
    const made = await unit.findOne(Media, { id });
    if (made) return made;
    const sources: Media[] = [];
    for (const source of plan.sources) sources.push(await this.source(principal, source));
    await this.assertWatermark(principal, plan.operations);
    const bytes = this.estimate(sources, plan.operations);
    const { userId: ownerId, orgId } = principal;
    const { visibility, tags, customMetadata } = details;
    await this.database.transaction(async (tx) => {
      // First, for it locks the owner's account, so that edits begun at once are counted one after the other.
      await this.quota.reserve(tx, id, { owner: { userId: ownerId, orgId }, bytes });
      const [open] = await tx.execute<{ count: number }[]>(
        `select count(*)::int as count from media
         where owner_id = ? and status = 'pending' and edit_plan is not null and deleted_at is null`,
        [ownerId],
      );
      if ((open?.count ?? 0) >= this.limits.maxOpenPerUser) {
        throw editErrors.EDITS_EXCEEDED(undefined, { headers: { 'Retry-After': '60' } });
      }
      const filename = sanitizeFileName(details.filename ?? nameOf(sources));
      const media = { id, ownerId, orgId, filename, visibility, tags, customMetadata, editPlan: plan };
      await this.commits.announce(tx, media);
    });
    return unit.findOneOrFail(Media, { id });
  }

  private async source(principal: Principal, id: string): Promise<Media> {
    const media = await this.usable(principal, id);
    if (media.kind !== 'video') throw editErrors.EDIT_INVALID(`the media ${id} is no video`);
    return media;
  }

  private async assertWatermark(principal: Principal, operations: readonly EditOperation[]): Promise<void> {
    const watermark = operationOf(operations, 'watermark');
    if (!watermark) return;
    const { id, kind } = await this.usable(principal, watermark.mediaId);
    const variants = (await this.lookup.find(id))?.variants ?? [];
    if (kind !== 'image' || !variants.some((variant) => variant.kind === 'optimized')) {
      throw editErrors.EDIT_INVALID(`the media ${id} is no picture that can be decoded`);
    }
  }

  /** Whoever may change a media may make others of it; what lies in the trash is not used. */
  private async usable(principal: Principal, id: string): Promise<Media> {
    const media = await this.access.changeable(principal, id);
    if (media.deletedAt !== null || media.status !== 'ready') {
      throw editErrors.EDIT_SOURCE_NOT_READY(`the media ${id} is not ready`);
    }
    return media;
  }

  private estimate(sources: readonly Media[], operations: readonly EditOperation[]): number {
    const parts = sources.map(({ durationMs, sizeBytes }) => {
      const whole = (durationMs ?? 0) / 1000;
      const { seconds } = spanOf(whole, operations);
      return { seconds, bytes: Math.ceil(sizeBytes * (whole > 0 ? seconds / whole : 1)) };
    });
    const seconds = parts.reduce((sum, part) => sum + part.seconds, 0);
    const { maxDurationSeconds } = this.limits.video;
    if (seconds > maxDurationSeconds) {
      throw editErrors.EDIT_INVALID(`the result would last longer than ${maxDurationSeconds} s`);
    }
    return Math.min(
      this.limits.maxFileBytes,
      parts.reduce((sum, part) => sum + part.bytes, 0),
    );
  }
}

function nameOf([first]: readonly Media[]): string {
  return `${first?.filename.replace(/\.[^.]*$/, '') ?? 'video'}-edit.mp4`;
}
