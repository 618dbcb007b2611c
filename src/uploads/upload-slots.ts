import { Inject, Injectable } from '@nestjs/common';
import { type UploadsConfig, uploadsConfig } from '../config/index.js';
import { uploadErrors } from './uploads.errors.js';

const RETRY_AFTER_SECONDS = '5';

/** Bounds how many uploads one process takes in at once. */
@Injectable()
export class UploadSlots {
  private occupied = 0;

  constructor(@Inject(uploadsConfig.KEY) private readonly config: UploadsConfig) {}

  /** Runs an upload if there is a place for it. @throws UPLOADS_BUSY */
  async occupy<T>(upload: () => Promise<T>): Promise<T> {
    if (this.occupied >= this.config.maxConcurrentUploads) {
      throw uploadErrors.UPLOADS_BUSY(undefined, { headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
    }
    this.occupied += 1;
    try {
      return await upload();
    } finally {
      this.occupied -= 1;
    }
  }
}
