import { Injectable } from '@nestjs/common';
import { exhaust, type JobContext, JobHandler } from '../../processing/index.js';
import { UploadUpkeepService } from '../session/upload-upkeep.service.js';

const BATCH = 100;

/** Abandoned sessions of all kinds are removed, and imports whose media is gone. */
@Injectable()
export class ExpireUploadsHandler extends JobHandler {
  override readonly job = 'uploads.expire';

  constructor(private readonly upkeep: UploadUpkeepService) {
    super();
  }

  override async handle(_payload: object, { signal }: JobContext): Promise<void> {
    await exhaust(signal, BATCH, () => this.upkeep.expire(BATCH));
    await exhaust(signal, BATCH, () => this.upkeep.dropOrphans(BATCH));
  }
}

/** Uploads that have all their bytes become media, also when the request that brought the last ones died. */
@Injectable()
export class FinishUploadsHandler extends JobHandler {
  override readonly job = 'uploads.finish';

  constructor(private readonly upkeep: UploadUpkeepService) {
    super();
  }

  override async handle(): Promise<void> {
    await this.upkeep.finish(BATCH);
  }
}
