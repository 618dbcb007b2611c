import { Inject, Injectable } from '@nestjs/common';
import { buffer } from 'node:stream/consumers';
import { type UploadsConfig, uploadsConfig } from '../../config/index.js';
import { SNIFF_BYTES } from '../../security/index.js';
import { incomingKey, ObjectStore, uploadKey } from '../../storage/index.js';
import type { Upload } from '../entities/upload.entity.js';
import { uploadErrors } from '../uploads.errors.js';
import { partErrors } from './parts.errors.js';

/** Bytes that a client has put straight to the bucket: seen for the first time when it says that they are there. */
@Injectable()
export class DirectObject {
  constructor(
    private readonly store: ObjectStore,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
  ) {}

  /**
   * Moves what was put at once to the upload's own key, which no URL names. May be called again.
   * @throws UPLOAD_INCOMPLETE when nothing was put
   */
  async take({ id }: Upload): Promise<void> {
    const incoming = await this.store.head(incomingKey(id));
    if (!incoming && !(await this.store.head(uploadKey(id)))) {
      throw partErrors.UPLOAD_INCOMPLETE('nothing was put to the URL');
    }
    await this.store.promote(incomingKey(id), uploadKey(id));
  }

  /** @throws UPLOAD_TOO_LARGE, UPLOAD_SIZE_MISMATCH */
  async measure({ id, sizeBytes }: Upload): Promise<{ head: Buffer; sizeBytes: number; sha256: null }> {
    const key = uploadKey(id);
    const stored = (await this.store.head(key))?.sizeBytes ?? 0;
    if (stored > this.config.maxUploadBytes) {
      throw uploadErrors.UPLOAD_TOO_LARGE(`the limit is ${this.config.maxUploadBytes} bytes`);
    }
    if (stored !== sizeBytes)
      throw partErrors.UPLOAD_SIZE_MISMATCH(`${sizeBytes} were announced, ${stored} came`);
    const head = await buffer(await this.store.get(key, { start: 0, end: SNIFF_BYTES - 1 }));
    return { head, sizeBytes: stored, sha256: null };
  }
}
