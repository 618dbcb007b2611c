import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../common/index.js';
import { MediaLifecycleService, MediaRepository, StoredOriginals } from '../../../media/index.js';
import { Scanner } from '../../../security/index.js';
import { ObjectStore } from '../../../storage/index.js';
import { type JobContext, JobHandler, type MediaJobPayload } from '../job-handler.js';

/** Scans an original. While the scanner is down the media waits: nothing unscanned is ever delivered. */
@Injectable()
export class ScanHandler extends JobHandler {
  override readonly job = 'media.scan';

  constructor(
    private readonly repository: MediaRepository,
    private readonly originals: StoredOriginals,
    private readonly lifecycle: MediaLifecycleService,
    private readonly store: ObjectStore,
    private readonly scanner: Scanner,
  ) {
    super();
  }

  override async handle({ mediaId: id, generation }: MediaJobPayload, { signal }: JobContext): Promise<void> {
    const media = await this.repository.find(id);
    if (!media || media.deletedAt || media.generation !== generation || media.status !== 'scanning') return;
    const run = { id, generation };
    try {
      const { storageKey } = await this.originals.of(media);
      const source = await this.store.get(storageKey);
      const verdict = await this.scanner.scan(source, signal);
      if (verdict.infected) await this.lifecycle.quarantine(run, verdict.signature);
      else await this.lifecycle.passScan(run);
    } catch (error) {
      if (error instanceof DomainError && error.status < 500) {
        await this.lifecycle.fail(run, { code: error.code, detail: error.message });
      }
      throw error;
    }
  }
}
