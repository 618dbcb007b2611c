import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager, RequiredEntityData } from '@mikro-orm/postgresql';
import type { Principal } from '../../auth/index.js';
import { type DomainError, newId } from '../../common/index.js';
import { type UploadsConfig, uploadsConfig } from '../../config/index.js';
import { Database } from '../../database/index.js';
import { QuotaService } from '../../quota/index.js';
import { Assembler, PendingDeletions, piecesPrefix, uploadKey, uploadPrefix } from '../../storage/index.js';
import type { UploadDetailsDto } from '../dto/upload-details.dto.js';
import { Upload, type UploadProtocol } from '../entities/upload.entity.js';
import { uploadErrors } from '../uploads.errors.js';
import { sessionErrors } from './session.errors.js';
import { type Fence, UploadRepository } from './upload.repository.js';

/** Reservation and bytes outlive the session, so that the session's own end comes first. */
const AFTERLIFE_MS = 3_600_000;
/** A session is put off no more often than this. */
const TOUCH_MS = 60_000;
const RETRY_AFTER_SECONDS = '60';

/** What a session begins with. */
export interface NewSession {
  /** Given out by an earlier attempt of the same request, or a new one. */
  id?: string;
  protocol: UploadProtocol;
  filename: string | null;
  declaredType: string | null;
  details: UploadDetailsDto;
  /** Null when it is not known yet. */
  sizeBytes: number | null;
  /** Quota to claim now: the size, or 0 where it is claimed as bytes come, or was by others. */
  reserveBytes: number;
  /** What only some protocols have. */
  extra?: Partial<Pick<Upload, 'partSizeBytes' | 'tusMetadata' | 'tusConcat' | 'sourceUrl'>>;
}

/** The life of an upload session: begin, put off, refuse, drop. */
@Injectable()
export class UploadSessionsService {
  constructor(
    private readonly database: Database,
    private readonly repository: UploadRepository,
    private readonly quota: QuotaService,
    private readonly deletions: PendingDeletions,
    private readonly assembler: Assembler,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
  ) {}

  /**
   * Claims quota, place and the store's side of a new session; of one that an earlier attempt of the same request
   * has begun, what is missing. Of these an import has the quota alone: each of its attempts has a place of its own.
   * @param within runs last in the transaction that makes the session
   * @throws UPLOAD_TOO_LARGE, UPLOAD_EMPTY, QUOTA_EXCEEDED, UPLOAD_SESSIONS_EXCEEDED, STORAGE_UNAVAILABLE
   */
  async begin(
    principal: Principal,
    session: NewSession,
    within?: (tx: EntityManager) => Promise<void>,
  ): Promise<Upload> {
    this.assertSize(session.sizeBytes);
    const id = session.id ?? newId();
    const begun = session.id === undefined ? null : await this.repository.find(id);
    if (begun !== null && begun.assembly !== '') return begun;
    if (begun === null) await this.insert(principal, { ...session, id }, within);
    const unit = this.database.unit();
    if (hasPlace(session)) {
      // After the rows: what dies in between is begun again, or swept.
      const assembly = await this.assembler.begin(uploadKey(id));
      await unit.nativeUpdate(Upload, { id }, { assembly });
    }
    return unit.findOneOrFail(Upload, { id });
  }

  private async insert(
    principal: Principal,
    session: NewSession & { id: string },
    within: (tx: EntityManager) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const { id } = session;
    const expiresAt = this.expiry();
    await this.database.transaction(async (tx) => {
      const owner = { userId: principal.userId, orgId: principal.orgId };
      // First, for it locks the owner's account, so that sessions begun at once are counted one after the other.
      await this.quota.reserve(tx, id, {
        owner,
        bytes: session.reserveBytes,
        expiresAt: afterlife(expiresAt),
      });
      if ((await this.repository.countOpen(tx, owner.userId)) >= this.config.maxOpenUploadsPerUser) {
        throw sessionErrors.UPLOAD_SESSIONS_EXCEEDED(undefined, {
          headers: { 'Retry-After': RETRY_AFTER_SECONDS },
        });
      }
      if (hasPlace(session)) await this.deletions.register(tx, uploadPrefix(id), afterlife(expiresAt));
      await tx.insert(Upload, rowOf(session, { id, principal, expiresAt }));
      await within(tx);
    });
  }

  /** @throws UPLOAD_TOO_LARGE, UPLOAD_EMPTY */
  assertSize(sizeBytes: number | null): void {
    if (sizeBytes === 0) throw uploadErrors.UPLOAD_EMPTY();
    if (sizeBytes !== null && sizeBytes > this.config.maxUploadBytes) {
      throw uploadErrors.UPLOAD_TOO_LARGE(`the limit is ${this.config.maxUploadBytes} bytes`);
    }
  }

  /** Puts the end of a session off, for something happens to it. @returns when it ends now */
  async touch({ id, expiresAt }: Pick<Upload, 'id' | 'expiresAt'>): Promise<Date> {
    const later = this.expiry();
    if (later.getTime() - expiresAt.getTime() < TOUCH_MS) return expiresAt;
    await this.database.transaction(async (tx) => {
      await tx.nativeUpdate(Upload, { id }, { expiresAt: later });
      await this.quota.postpone(tx, id, afterlife(later));
      await tx.execute(
        'update pending_deletion set due_at = ? where prefix = ? and sweeping_at is null',
        [afterlife(later), uploadPrefix(id)],
        'run',
      );
    });
    return later;
  }

  /**
   * Begins a session's bytes from the first one again, also of one that was refused.
   * @throws UPLOAD_TAKEN_OVER
   */
  async restart({ id, ownerId, orgId }: Upload, fence: Fence): Promise<Upload> {
    const expiresAt = this.expiry();
    const owner = { userId: ownerId, orgId };
    await this.database.transaction(async (tx) => {
      await this.repository.write(tx, fence, {
        state: 'open',
        offsetBytes: 0,
        sizeBytes: null,
        failureCode: null,
        failureDetail: null,
        expiresAt,
      });
      await this.quota.keep(tx, id, { owner, expiresAt: afterlife(expiresAt) });
    });
    return this.database.unit().findOneOrFail(Upload, { id });
  }

  /**
   * Ends a session in the transaction that makes the media. The place of the pieces stays in the ledger for a while
   * yet, for a writer that has not heard may still add to it.
   */
  async close(tx: EntityManager, id: string): Promise<void> {
    await tx.nativeUpdate(Upload, { id }, { state: 'committed' });
    await this.deletions.register(tx, piecesPrefix(uploadKey(id)), new Date(Date.now() + AFTERLIFE_MS));
  }

  /** Ends a session whose bytes can't become a media: they go, and the reason stays until the session expires. */
  async refuse(upload: Pick<Upload, 'id' | 'assembly' | 'protocol'>, reason: DomainError): Promise<void> {
    const { id, assembly } = upload;
    await this.database.transaction(async (tx) => {
      await tx.execute(
        `update upload set state = 'refused', failure_code = ?, failure_detail = ? where id = ?`,
        [reason.code, reason.message, id],
        'run',
      );
      await tx.execute('delete from upload_part where upload_id = ?', [id], 'run');
      await this.giveBack(tx, upload);
    });
    await this.assembler.abandon({ key: uploadKey(id), handle: assembly });
  }

  /**
   * Forgets a session; the media that it became stays. May be called again after a crash.
   * @returns false when it was gone already
   */
  async drop(upload: Pick<Upload, 'id' | 'assembly' | 'protocol'>): Promise<boolean> {
    const { id, assembly } = upload;
    const dropped = await this.database.transaction(async (tx) => {
      const rows = await tx.execute<{ state: string }[]>('delete from upload where id = ? returning state', [
        id,
      ]);
      const state = rows[0]?.state;
      if (state === 'open' || state === 'finishing') await this.giveBack(tx, upload);
      return state;
    });
    if (hasPlace(upload) && (dropped === 'open' || dropped === 'finishing')) {
      await this.assembler.abandon({ key: uploadKey(id), handle: assembly });
    }
    return dropped !== undefined;
  }

  /**
   * Quota at once; the place in the store stays in the ledger for a while yet, for a writer that has not heard
   * may still add to it.
   */
  private async giveBack(tx: EntityManager, upload: Pick<Upload, 'id' | 'protocol'>): Promise<void> {
    const { id } = upload;
    await this.quota.release(tx, id);
    if (hasPlace(upload))
      await this.deletions.register(tx, uploadPrefix(id), new Date(Date.now() + AFTERLIFE_MS));
  }

  private expiry(): Date {
    return new Date(Date.now() + this.config.sessionTtlMs);
  }
}

function hasPlace({ protocol }: Pick<Upload, 'protocol'>): boolean {
  return protocol !== 'import';
}

/** Until when what a session holds outlives it. */
export function afterlife(expiresAt: Date): Date {
  return new Date(expiresAt.getTime() + AFTERLIFE_MS);
}

function rowOf(
  { protocol, filename, declaredType, details, sizeBytes, extra }: NewSession,
  { id, principal, expiresAt }: { id: string; principal: Principal; expiresAt: Date },
): RequiredEntityData<Upload> {
  return {
    id,
    protocol,
    state: 'open',
    ownerId: principal.userId,
    orgId: principal.orgId,
    filename,
    declaredType,
    visibility: details.visibility,
    tags: details.tags,
    customMetadata: details.customMetadata,
    expectedSha256: details.sha256 ?? null,
    sizeBytes,
    assembly: '',
    expiresAt,
    ...extra,
  };
}
