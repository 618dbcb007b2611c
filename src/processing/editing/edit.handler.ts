import { Injectable, Logger } from '@nestjs/common';
import { DomainError } from '../../common/index.js';
import { Database } from '../../database/index.js';
import { type Failure, type Media, MediaLifecycleService, MediaRepository } from '../../media/index.js';
import { QuotaService } from '../../quota/index.js';
import { type JobContext, JobHandler, type MediaJobPayload } from '../jobs/job-handler.js';
import { EditMaker } from './edit-maker.js';

/** Makes the bytes of a media that is an edit; they then go the way of an upload. */
@Injectable()
export class EditHandler extends JobHandler {
  override readonly job = 'media.edit';
  private readonly logger = new Logger(EditHandler.name);

  constructor(
    private readonly media: MediaRepository,
    private readonly maker: EditMaker,
    private readonly lifecycle: MediaLifecycleService,
    private readonly quota: QuotaService,
    private readonly database: Database,
  ) {
    super();
  }

  override async handle({ mediaId: id, generation }: MediaJobPayload, context: JobContext): Promise<void> {
    const media = await this.media.find(id);
    if (!media || !isAwaited(media, generation)) return this.letGo(id);
    const { editPlan } = media;
    if (editPlan === null) throw new Error(`the media ${id} is no edit`);
    try {
      await this.maker.make(media, editPlan, {
        signal: context.signal,
        onProgress: (percent) => void this.tell(media, percent, context),
      });
    } catch (error) {
      const failure = context.signal.aborted ? null : verdictOn(error, context.lastAttempt);
      if (failure) {
        const within = (tx: Parameters<QuotaService['release']>[0]) => this.quota.release(tx, id);
        await this.lifecycle.fail({ id, generation }, failure, { from: ['pending'], within });
      }
      await this.letGo(id);
      throw retriable(error);
    }
  }

  /** Quota of one that nobody waits for any more; what comes out of the trash claims it again. */
  private async letGo(id: string): Promise<void> {
    const media = await this.media.find(id);
    if (media && media.deletedAt === null) return;
    await this.database.transaction((tx) => this.quota.release(tx, id));
  }

  private async tell({ id, generation }: Media, percent: number, context: JobContext): Promise<void> {
    try {
      await context.reportProgress(percent);
      await this.media.setProgress(id, generation, percent);
    } catch (error) {
      this.logger.warn({ err: error, mediaId: id }, 'progress could not be reported');
    }
  }
}

function isAwaited(media: Media, generation: number): boolean {
  const { deletedAt, status, originalId } = media;
  return deletedAt === null && media.generation === generation && status === 'pending' && originalId === null;
}

/** What the media fails with; null when another attempt follows. */
function verdictOn(error: unknown, lastAttempt: boolean): Failure | null {
  if (error instanceof DomainError) {
    const isFinal = error.status < 500 && !isConflict(error);
    return isFinal || lastAttempt ? { code: error.code, detail: error.message } : null;
  }
  const detail = 'The edit failed repeatedly; it can be tried again';
  return lastAttempt ? { code: 'PROCESSING_FAILED', detail } : null;
}

/** With a sweeper that took the attempt for dead: the next one is not affected. */
function isConflict({ status }: DomainError): boolean {
  return status === 409;
}

/** As the queue has to see it. */
function retriable(error: unknown): unknown {
  return error instanceof DomainError && isConflict(error)
    ? new Error('the edit lost what it held', { cause: error })
    : error;
}
