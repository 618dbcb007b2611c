import { Inject, Injectable } from '@nestjs/common';
import {
  type ProcessingConfig,
  processingConfig,
  type UploadsConfig,
  uploadsConfig,
} from '../../config/index.js';

/** What an edit may cost. */
@Injectable()
export class EditLimits {
  readonly video: ProcessingConfig['video'];
  /** Of the result, as of any upload. */
  readonly maxFileBytes: number;
  /** Edits of one user that wait or run. */
  readonly maxOpenPerUser: number;

  constructor(
    @Inject(processingConfig.KEY) processing: ProcessingConfig,
    @Inject(uploadsConfig.KEY) uploads: UploadsConfig,
  ) {
    this.video = processing.video;
    this.maxFileBytes = uploads.maxUploadBytes;
    this.maxOpenPerUser = processing.maxOpenEditsPerUser;
  }
}
