import { Injectable } from '@nestjs/common';
import { Database } from '../../database/index.js';
import { MediaCommitService, type MediaRun } from '../../media/index.js';
import { FetchGuard, type RemoteFile } from '../../security/index.js';
import type { Upload } from '../entities/upload.entity.js';
import { type Fence, UploadRepository } from '../session/upload.repository.js';
import { UploadSessionsService } from '../session/upload-sessions.service.js';
import { ImportIntake } from './import-intake.js';
import { renaming } from './import-name.js';
import { ImportPlaces } from './import-place.js';
import { ImportProgress } from './import-progress.js';

/** The session of an import and, not null in it any more, where its file is. */
export interface OpenImport {
  upload: Upload;
  sourceUrl: string;
}

/** The right to make an attempt. */
export interface AttemptRight extends Fence {
  /** Ends the attempt, whether it waits for the source or for the store. */
  signal: AbortSignal;
}

/** One attempt to fetch a file, from its first byte. */
@Injectable()
export class ImportFetchService {
  constructor(
    private readonly database: Database,
    private readonly guard: FetchGuard,
    private readonly intake: ImportIntake,
    private readonly places: ImportPlaces,
    private readonly sessions: UploadSessionsService,
    private readonly repository: UploadRepository,
    private readonly commits: MediaCommitService,
  ) {}

  /**
   * Fetches the file and gives it to the media that waits for it; when it rejects nothing of it is left.
   * @throws IMPORT_…, what ImportIntake throws, UPLOAD_TAKEN_OVER, UPLOAD_EXPIRED, RESERVATION_LOST
   */
  async fetch(run: MediaRun, open: OpenImport, right: AttemptRight): Promise<void> {
    const { signal } = right;
    const { maxBytes } = this.intake;
    const file = await this.guard.open(open.sourceUrl, { signal, maxBytes });
    try {
      await this.take(run, { ...open, file }, right);
    } finally {
      file.source.destroy();
    }
  }

  private async take(
    run: MediaRun,
    { upload, sourceUrl, file }: OpenImport & { file: RemoteFile },
    right: AttemptRight,
  ): Promise<void> {
    const unit = this.database.unit();
    const { id, filename } = upload;
    let { expiresAt } = upload;
    const meter = await this.intake.meter(upload, file.contentLength);
    await this.repository.write(unit, right, { sizeBytes: file.contentLength });
    const place = await this.places.open();
    const progress = new ImportProgress(() => meter.sizeBytes, {
      tell: (offsetBytes) => this.repository.write(unit, right, { offsetBytes }),
      alive: async () => {
        expiresAt = await this.sessions.touch({ id, expiresAt });
      },
    });
    try {
      const { source } = file;
      const bytes = await this.intake.receive(upload, {
        key: place.key,
        source,
        meter,
        signal: right.signal,
      });
      await progress.end();
      const { sizeBytes } = bytes;
      const arrived = await this.commits.arrive(
        run,
        { ...bytes, attemptId: place.id, rename: renaming({ filename, sourceUrl }, file.filename) },
        (tx) =>
          this.repository.write(tx, right, {
            state: 'committed',
            offsetBytes: sizeBytes,
            sizeBytes,
            sourceUrl: null,
          }),
      );
      if (!arrived) await place.discard();
    } catch (error) {
      await place.discard();
      throw error;
    } finally {
      place.end();
      await progress.end();
    }
  }
}
