import { Injectable } from '@nestjs/common';
import { Database } from '../../database/index.js';
import { QuotaService } from '../../quota/index.js';
import type { Upload } from '../entities/upload.entity.js';
import { UploadSessionsService } from '../session/upload-sessions.service.js';
import { tusErrors } from './tus.errors.js';

/** The length of an upload that was begun without one (creation-defer-length). */
@Injectable()
export class TusLengthService {
  constructor(
    private readonly database: Database,
    private readonly sessions: UploadSessionsService,
    private readonly quota: QuotaService,
  ) {}

  /**
   * Sets the length, once, and claims what of it is not claimed yet.
   * @param length what the request says; null when it says nothing
   * @returns the upload with the length that holds
   * @throws TUS_HEADER_INVALID when it is another than was set, or less than has come
   * @throws UPLOAD_TOO_LARGE, UPLOAD_EMPTY, QUOTA_EXCEEDED
   */
  async settle(upload: Upload, length: number | null): Promise<Upload> {
    if (length === null || length === upload.sizeBytes) return upload;
    if (upload.sizeBytes !== null) throw tusErrors.TUS_HEADER_INVALID('upload-length can not change');
    if (length < upload.offsetBytes) {
      throw tusErrors.TUS_HEADER_INVALID('upload-length is less than what has come already');
    }
    this.sessions.assertSize(length);
    const { id, ownerId, orgId } = upload;
    const missing = length - (await this.quota.reservedBytes(id));
    if (missing > 0) await this.quota.extend(id, { userId: ownerId, orgId }, missing);
    await this.database
      .unit()
      .execute('update upload set size_bytes = ? where id = ? and size_bytes is null', [length, id], 'run');
    upload.sizeBytes = length;
    return upload;
  }
}
