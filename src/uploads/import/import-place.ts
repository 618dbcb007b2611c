import { Inject, Injectable, Logger } from '@nestjs/common';
import { newId } from '../../common/index.js';
import { type UploadsConfig, uploadsConfig } from '../../config/index.js';
import { Database } from '../../database/index.js';
import { PendingDeletions, uploadKey, uploadPrefix } from '../../storage/index.js';

/**
 * Where one attempt of an import writes. No two share a place: one that only seemed dead, and finishes after
 * another was committed, must not put its bytes in the place of those.
 */
export class ImportPlace {
  private readonly logger = new Logger(ImportPlace.name);
  private readonly renewal: NodeJS.Timeout;

  constructor(
    readonly id: string,
    private readonly parts: { deletions: PendingDeletions; ttlMs: number },
  ) {
    const { deletions, ttlMs } = parts;
    this.renewal = setInterval(() => {
      deletions.extend(uploadPrefix(id), new Date(Date.now() + ttlMs)).catch((error: unknown) => {
        this.logger.warn({ err: error, attemptId: id }, 'an import could not renew its place');
      });
    }, ttlMs / 3);
  }

  get key(): string {
    return uploadKey(this.id);
  }

  /** Stops renewing; to be called however the attempt ends. */
  end(): void {
    clearInterval(this.renewal);
  }

  /** Deletes what was written, when it will not be committed. */
  discard(): Promise<void> {
    return this.parts.deletions.discard(uploadPrefix(this.id));
  }
}

@Injectable()
export class ImportPlaces {
  constructor(
    private readonly database: Database,
    private readonly deletions: PendingDeletions,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
  ) {}

  /** Registers a new place for deletion, to be claimed by the commit, and only then hands it out. */
  async open(): Promise<ImportPlace> {
    const id = newId();
    const ttlMs = this.config.reservationTtlMs;
    await this.deletions.register(this.database.unit(), uploadPrefix(id), new Date(Date.now() + ttlMs));
    return new ImportPlace(id, { deletions: this.deletions, ttlMs });
  }
}
