import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/index.js';
import { type Failure, MediaRepository, type MediaRun } from '../../media/index.js';
import { type JobContext, JobHandler, type MediaJobPayload } from '../../processing/index.js';
import { ImportFetchService } from '../import/import-fetch.service.js';
import { ImportSettlement } from '../import/import-settlement.js';
import { sessionErrors } from '../session/session.errors.js';
import { UploadRepository } from '../session/upload.repository.js';
import { UploadSessionsService } from '../session/upload-sessions.service.js';
import { UploadWriters } from '../session/upload-writers.js';
import type { WriterLease } from '../session/writer-lease.js';

/**
 * Fetches the bytes of a media. One attempt at a time: a newer one ends an older one, and only the newest can give
 * its bytes to the media, or end it.
 */
@Injectable()
export class ImportHandler extends JobHandler {
  override readonly job = 'media.import';

  constructor(
    private readonly media: MediaRepository,
    private readonly uploads: UploadRepository,
    private readonly writers: UploadWriters,
    private readonly sessions: UploadSessionsService,
    private readonly fetches: ImportFetchService,
    private readonly settlement: ImportSettlement,
  ) {
    super();
  }

  override async handle({ mediaId: id, generation }: MediaJobPayload, context: JobContext): Promise<void> {
    const run = { id, generation };
    if (!(await this.isAwaited(run))) return this.settlement.letGo(id);
    try {
      await this.writers.hold(id, (lease) => this.attempt(run, lease, context), context.signal);
      // The media may have been deleted without the attempt hearing of it.
      await this.settlement.letGo(id);
    } catch (error) {
      if (context.signal.aborted) await this.settlement.letGo(id);
      else if (isSessionGone(error)) await this.settlement.fail(run, null, forgotten);
      throw retriable(error);
    }
  }

  private async isAwaited({ id, generation }: MediaRun): Promise<boolean> {
    const media = await this.media.find(id);
    if (!media || media.deletedAt !== null || media.generation !== generation) return false;
    return media.status === 'pending' && media.originalId === null;
  }

  private async attempt(run: MediaRun, lease: WriterLease, context: JobContext): Promise<void> {
    const { id, token } = lease;
    const signal = AbortSignal.any([context.signal, lease.signal]);
    const upload = await this.uploads.find(id);
    const sourceUrl = upload?.sourceUrl ?? null;
    if (!upload || sourceUrl === null) throw sessionErrors.UPLOAD_NOT_FOUND();
    try {
      const restarted = await this.sessions.restart(upload, lease);
      await this.fetches.fetch(run, { upload: restarted, sourceUrl }, { id, token, signal });
    } catch (error) {
      const failure = context.signal.aborted ? null : verdictOn(error, context.lastAttempt);
      if (failure) await this.settlement.fail(run, lease, failure);
      throw error;
    }
  }
}

const forgotten: Failure = {
  code: 'UPLOAD_EXPIRED',
  detail: 'The import waited for so long that its URL was forgotten; import it again',
};

function isSessionGone(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'UPLOAD_NOT_FOUND';
}

/** What the media fails with; null when another attempt follows, or is under way. */
function verdictOn(error: unknown, lastAttempt: boolean): Failure | null {
  if (error instanceof DomainError) {
    if (error.code === 'UPLOAD_TAKEN_OVER') return null;
    const isFinal = error.status < 500 && !isConflict(error);
    return isFinal || lastAttempt ? { code: error.code, detail: error.message } : null;
  }
  const detail = 'The import failed repeatedly; it can be tried again';
  return lastAttempt ? { code: 'PROCESSING_FAILED', detail } : null;
}

/** With another attempt, or with a sweeper that took this one for dead: the next attempt is not affected. */
function isConflict({ status }: DomainError): boolean {
  return status === 409 || status === 423;
}

/** As the queue has to see it. */
function retriable(error: unknown): unknown {
  return error instanceof DomainError && isConflict(error)
    ? new Error('the import came in conflict with another attempt', { cause: error })
    : error;
}
