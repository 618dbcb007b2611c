import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { DomainError } from '../../common/index.js';
import { type UploadsConfig, uploadsConfig } from '../../config/index.js';
import { Database } from '../../database/index.js';
import { Media, MediaCommitService } from '../../media/index.js';
import { sanitizeFileName } from '../../security/index.js';
import { Assembler, ObjectStore, uploadKey } from '../../storage/index.js';
import { decideType } from '../decide-type.js';
import { Upload } from '../entities/upload.entity.js';
import { uploadErrors } from '../uploads.errors.js';
import { inspect, type StoredFacts } from './stored-facts.js';
import { UploadRepository } from './upload.repository.js';
import { sessionErrors } from './session.errors.js';
import { UploadSessionsService } from './upload-sessions.service.js';
import type { WriterLease } from './writer-lease.js';

/** Where a protocol finishes in its own way. */
export interface FinishOptions {
  /** Makes the object at the upload's key, of the pieces that the rows tell of when absent. May be called again. */
  assemble?: () => Promise<unknown>;
  /** What is known of the bytes; they are read when absent. The hash may be left to a job. */
  inspect?: () => Promise<FileFacts>;
  /** Runs in the transaction of the commit, before quota is charged. */
  within?: (tx: EntityManager) => Promise<void>;
}

type FileFacts = Omit<StoredFacts, 'sha256'> & { sha256: string | null };

/**
 * Makes a media of a session that has all its bytes. Every step may be repeated after a crash: whoever holds the
 * session next (the client that asks again, or the scheduled job) goes on from where it stands.
 */
@Injectable()
export class UploadFinisher {
  constructor(
    private readonly database: Database,
    private readonly sessions: UploadSessionsService,
    private readonly assembler: Assembler,
    private readonly store: ObjectStore,
    private readonly commits: MediaCommitService,
    private readonly repository: UploadRepository,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
  ) {}

  /**
   * @throws UPLOAD_GONE when it was refused before, UPLOAD_TAKEN_OVER
   * @throws what makes it be refused now: CHECKSUM_MISMATCH, CONTENT_TYPE_MISMATCH, UNSUPPORTED_MEDIA_TYPE
   */
  async finish(upload: Upload, lease: WriterLease, options: FinishOptions = {}): Promise<Media> {
    if (upload.state === 'committed') return this.mediaOf(upload);
    if (upload.state === 'refused') throw refusal(upload);
    await this.move(lease, 'finishing');
    try {
      await (options.assemble ?? (() => this.assemble(upload)))();
    } catch (error) {
      // The client can mend it: the bytes are all there yet.
      if (isClients(error)) await this.move(lease, 'open');
      throw error;
    }
    try {
      const facts = await (options.inspect ?? (() => this.inspect(upload)))();
      return await this.commit(upload, facts, options.within);
    } catch (error) {
      if (isClients(error)) await this.sessions.refuse(upload, error);
      throw error;
    }
  }

  /** What a committed session became. @throws UPLOAD_GONE when it was purged since */
  async mediaOf({ id }: Upload): Promise<Media> {
    const media = await this.database.unit().findOne(Media, { id });
    if (!media) throw sessionErrors.UPLOAD_GONE();
    return media;
  }

  private async assemble({ id, assembly }: Upload): Promise<void> {
    await this.assembler.assemble({ key: uploadKey(id), handle: assembly }, await this.repository.pieces(id));
  }

  private async inspect({ id }: Upload): Promise<StoredFacts> {
    return inspect((await this.store.get(uploadKey(id))) as AsyncIterable<Buffer>);
  }

  /** While it finishes no part and no byte is accepted. @throws UPLOAD_TAKEN_OVER */
  private async move({ id, token }: WriterLease, state: 'open' | 'finishing'): Promise<void> {
    const rows = await this.database.unit().execute<{ id: string }[]>(
      `update upload set state = ?
       where id = ? and lease_token = ? and state in ('open', 'finishing') returning id`,
      [state, id, token],
    );
    if (rows.length === 0) throw sessionErrors.UPLOAD_TAKEN_OVER();
  }

  private async commit(
    upload: Upload,
    { head, sizeBytes, sha256 }: FileFacts,
    within: FinishOptions['within'],
  ): Promise<Media> {
    const { id, ownerId, orgId, filename, declaredType, expectedSha256 } = upload;
    const { contentType, kind } = await decideType(head, {
      filename,
      declaredType,
      allowedTypes: this.config.allowedTypes,
    });
    if (sha256 !== null && expectedSha256 !== null && expectedSha256 !== sha256) {
      throw uploadErrors.CHECKSUM_MISMATCH();
    }
    const { visibility, tags, customMetadata } = upload;
    return this.commits.commit(
      {
        id,
        ownerId,
        orgId,
        filename: sanitizeFileName(filename ?? undefined),
        contentType,
        kind,
        sizeBytes,
        sha256,
        expectedSha256,
        visibility,
        tags,
        customMetadata,
      },
      async (tx) => {
        await within?.(tx);
        await this.sessions.close(tx, id);
      },
    );
  }
}

function refusal({ failureCode, failureDetail }: Upload): DomainError {
  return sessionErrors.UPLOAD_GONE(`${failureCode}: ${failureDetail}`);
}

function isClients(error: unknown): error is DomainError {
  return error instanceof DomainError && error.status < 500 && error.code !== 'UPLOAD_TAKEN_OVER';
}
