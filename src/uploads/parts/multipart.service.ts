import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/index.js';
import type { Media } from '../../media/index.js';
import type { Upload } from '../entities/upload.entity.js';
import { sessionErrors } from '../session/session.errors.js';
import { UploadAccess } from '../session/upload-access.js';
import { UploadSessionsService } from '../session/upload-sessions.service.js';
import { UploadWriters } from '../session/upload-writers.js';
import type { CreateUploadDto, UploadSessionDto } from './dto/session.dto.js';
import type { ClaimedPart } from './completed-parts.js';
import { CompletionService } from './completion.service.js';
import { partCount, planOf, planParts } from './part-plan.js';
import { StoredParts } from './stored-parts.js';

/** Multipart sessions: begin, look, complete, abort. */
@Injectable()
export class MultipartService {
  constructor(
    private readonly access: UploadAccess,
    private readonly sessions: UploadSessionsService,
    private readonly writers: UploadWriters,
    private readonly stored: StoredParts,
    private readonly completion: CompletionService,
  ) {}

  /** @throws UPLOAD_PART_SIZE_INVALID, and what UploadSessionsService.begin throws */
  async begin(principal: Principal, request: CreateUploadDto, id: string): Promise<UploadSessionDto> {
    const { filename, contentType, size, partSize, ...details } = request;
    this.sessions.assertSize(size);
    const { partSizeBytes } = planParts(size, partSize);
    const upload = await this.sessions.begin(principal, {
      id,
      protocol: 'multipart',
      filename,
      declaredType: contentType ?? null,
      details,
      sizeBytes: size,
      reserveBytes: size,
      extra: { partSizeBytes },
    });
    return this.describe(upload);
  }

  /** @throws UPLOAD_NOT_FOUND */
  async look(principal: Principal, id: string): Promise<UploadSessionDto> {
    return this.describe(await this.access.owned(principal, id, 'multipart'));
  }

  /**
   * Makes the media. Asked again it answers the same, also when the first answer was lost.
   * @throws UPLOAD_NOT_FOUND, UPLOAD_LOCKED, and what CompletionService.complete throws
   */
  async complete(
    principal: Principal,
    id: string,
    { parts, signal }: { parts: readonly ClaimedPart[] | null; signal: AbortSignal },
  ): Promise<Media> {
    await this.access.owned(principal, id, 'multipart');
    return this.writers.hold(
      id,
      async (lease) => {
        const upload = await this.access.owned(principal, id, 'multipart');
        return this.completion.complete(upload, lease, parts);
      },
      signal,
    );
  }

  /** @throws UPLOAD_NOT_FOUND, UPLOAD_NOT_OPEN for one that is a media already, UPLOAD_LOCKED */
  async abort(principal: Principal, id: string, signal: AbortSignal): Promise<void> {
    await this.access.owned(principal, id, 'multipart');
    await this.writers.hold(
      id,
      async () => {
        const upload = await this.access.owned(principal, id, 'multipart');
        if (upload.state === 'committed') throw sessionErrors.UPLOAD_NOT_OPEN('it is a media already');
        await this.sessions.drop(upload);
      },
      signal,
    );
  }

  private async describe(upload: Upload): Promise<UploadSessionDto> {
    const plan = planOf(upload);
    const parts = upload.state === 'open' ? await this.stored.list(upload) : [];
    return {
      id: upload.id,
      state: upload.state,
      size: plan.sizeBytes,
      partSize: plan.partSizeBytes,
      partCount: partCount(plan),
      receivedBytes:
        upload.state === 'open' ? parts.reduce((sum, { size }) => sum + size, 0) : upload.offsetBytes,
      parts: parts.map(({ number, etag, size }) => ({ partNumber: number, etag, size })),
      failureCode: upload.failureCode,
      expiresAt: upload.expiresAt.toISOString(),
    };
  }
}
