import { Injectable } from '@nestjs/common';
import { Database } from '../../database/index.js';
import { type Failure, MediaLifecycleService, MediaRepository, type MediaRun } from '../../media/index.js';
import { QuotaService } from '../../quota/index.js';
import { type Fence, UploadRepository } from '../session/upload.repository.js';
import { UploadSessionsService } from '../session/upload-sessions.service.js';

/** How imports end that bring nothing. */
@Injectable()
export class ImportSettlement {
  constructor(
    private readonly database: Database,
    private readonly media: MediaRepository,
    private readonly uploads: UploadRepository,
    private readonly sessions: UploadSessionsService,
    private readonly quota: QuotaService,
    private readonly lifecycle: MediaLifecycleService,
  ) {}

  /**
   * Ends the media as failed and gives its reservation back, in one transaction. The session stays for a while, for
   * a reprocess to fetch again.
   * @param fence null where there is no session any more
   * @throws UPLOAD_TAKEN_OVER when a newer attempt is under way: what becomes of the media is its matter
   */
  async fail(run: MediaRun, fence: Fence | null, failure: Failure): Promise<void> {
    const failed = await this.lifecycle.fail(run, failure, {
      from: ['pending'],
      within: async (tx) => {
        if (fence) {
          const { code: failureCode, detail: failureDetail } = failure;
          await this.uploads.write(tx, fence, { state: 'refused', failureCode, failureDetail });
        }
        await this.quota.release(tx, run.id);
      },
    });
    if (!failed) await this.letGo(run.id);
  }

  /**
   * Gives back what an import holds whose media does not wait for it: all when it is gone, quota while it is in the
   * trash, from where it may come back. To be called at any time.
   */
  async letGo(id: string): Promise<void> {
    const media = await this.media.find(id);
    if (media === null) {
      const upload = await this.uploads.find(id);
      if (upload) await this.sessions.drop(upload);
    } else if (media.deletedAt !== null && media.status === 'pending') {
      await this.database.transaction((tx) => this.quota.release(tx, id));
    }
  }
}
