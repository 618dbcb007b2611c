import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Visibility } from '../auth/index.js';
import { Database } from '../database/index.js';
import { Outbox } from '../events/index.js';
import { QuotaService } from '../quota/index.js';
import { PendingDeletions, uploadKey, uploadPrefix } from '../storage/index.js';
import { Media } from './entities/media.entity.js';
import type { EditPlan } from './edit-plan.js';
import { arrivalJob, hashJob, type MediaRun, scanJob } from './media-jobs.js';
import type { MediaKind } from './media-status.js';
import { mediaErrors } from './media.errors.js';
import { MediaRepository } from './media.repository.js';
import { type NewOriginal, spaceOf, StoredOriginals } from './stored-originals.js';

/** An upload whose bytes are durable under its key. */
export interface ReceivedUpload {
  /** Of the reservation and of the media that it becomes. */
  id: string;
  ownerId: string;
  orgId: string | null;
  filename: string;
  contentType: string;
  kind: MediaKind;
  sizeBytes: number;
  /** Lower-case hex; null when nobody has hashed the bytes yet: then a job does. */
  sha256: string | null;
  /** What the client says that the hash must be, where it is not known yet. */
  expectedSha256?: string | null;
  visibility: Visibility;
  tags: string[];
  customMetadata: Record<string, unknown>;
}

/** A media whose bytes are yet to come. */
export type AnnouncedMedia = Omit<
  ReceivedUpload,
  'contentType' | 'kind' | 'sizeBytes' | 'sha256' | 'expectedSha256'
> & {
  /** What it is to be made of; absent for one that is fetched. */
  editPlan?: EditPlan;
};

/** Bytes of an announced media, durable under the key of the attempt that brought them. */
export interface ArrivedBytes {
  /** Of the attempt, and of the original that it becomes; its prefix is in the ledger. */
  attemptId: string;
  contentType: string;
  kind: MediaKind;
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
  /** The name that came with the bytes, for a media that still has the one it was announced by. */
  rename: { from: string; to: string } | null;
}

/** Where every upload protocol ends. */
@Injectable()
export class MediaCommitService {
  constructor(
    private readonly database: Database,
    private readonly quota: QuotaService,
    private readonly deletions: PendingDeletions,
    private readonly originals: StoredOriginals,
    private readonly outbox: Outbox,
    private readonly repository: MediaRepository,
  ) {}

  /**
   * Makes the media: row, usage, ownership of the bytes and the job that scans them, or hashes them first,
   * in one transaction. Bytes that the space has already are shared, and the upload's own are swept.
   * @param within runs first in that transaction: what must hold exactly when the media is there
   * @throws RESERVATION_LOST, UPLOAD_EXPIRED when the upload's time was over: its bytes are being deleted
   */
  async commit(
    { expectedSha256 = null, ...upload }: ReceivedUpload,
    within?: (tx: EntityManager) => Promise<void>,
  ): Promise<Media> {
    const { id, sha256, sizeBytes } = upload;
    const run = { id, generation: 1 };
    return this.database.transaction(async (tx) => {
      await within?.(tx);
      await this.quota.commit(tx, id, sizeBytes);
      const originalId = await this.own(tx, {
        id,
        space: spaceOf(upload),
        sha256,
        expectedSha256,
        sizeBytes,
        storageKey: uploadKey(id),
      });
      await tx.insert(Media, { ...upload, originalId, status: sha256 === null ? 'pending' : 'scanning' });
      await this.outbox.add(tx, sha256 === null ? hashJob(run) : scanJob(run));
      return tx.findOneOrFail(Media, { id });
    });
  }

  /**
   * Makes the media of bytes that are yet to come, and asks for the job that fetches or makes them, in the transaction
   * that reserves its quota. It counts from now on; its size is charged when it has one.
   */
  async announce(tx: EntityManager, media: AnnouncedMedia): Promise<void> {
    await this.quota.announce(tx, { userId: media.ownerId, orgId: media.orgId });
    await tx.insert(Media, {
      ...media,
      contentType: 'application/octet-stream',
      kind: 'other',
      sizeBytes: 0,
      sha256: null,
      originalId: null,
      status: 'pending',
    });
    const { id, editPlan = null } = media;
    await this.outbox.add(tx, arrivalJob({ id, generation: 1, editPlan }));
  }

  /**
   * pending → scanning: the bytes of an announced media are there. Usage, ownership of the bytes and the job that
   * scans them follow in the same transaction, as in `commit`.
   * @param within runs in that transaction, once the media is known to wait for the bytes
   * @returns false when it does not: it is gone, ended or of another generation, and the bytes are not needed
   * @throws RESERVATION_LOST, UPLOAD_EXPIRED when the attempt's time was over
   */
  async arrive(
    run: MediaRun,
    { attemptId, rename, ...facts }: ArrivedBytes,
    within: (tx: EntityManager) => Promise<void>,
  ): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      // Media before accounts before originals, as a purge locks them.
      const step = { ...run, from: ['pending'], to: 'scanning' } as const;
      if (!(await this.repository.transition(tx, step, facts))) return false;
      await within(tx);
      await this.quota.charge(tx, run.id, facts.sizeBytes);
      const media = await tx.findOneOrFail(Media, { id: run.id });
      const originalId = await this.own(tx, {
        id: attemptId,
        space: spaceOf(media),
        sha256: facts.sha256,
        expectedSha256: null,
        sizeBytes: facts.sizeBytes,
        storageKey: uploadKey(attemptId),
      });
      const filename = rename?.from === media.filename ? rename.to : media.filename;
      await tx.nativeUpdate(Media, { id: run.id }, { originalId, filename });
      await this.outbox.add(tx, scanJob(run));
      return true;
    });
  }

  /** @returns the original to refer to; when it is another one, these bytes are swept */
  private async own(tx: EntityManager, original: NewOriginal): Promise<string> {
    const placed = await this.originals.place(tx, original);
    const prefix = uploadPrefix(original.id);
    if (placed !== original.id) await this.deletions.register(tx, prefix, new Date());
    else if (!(await this.deletions.claim(tx, prefix))) throw mediaErrors.UPLOAD_EXPIRED();
    return placed;
  }
}
