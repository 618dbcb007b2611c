import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../../database/index.js';
import { DomainError } from '../../common/index.js';
import { CompletionService } from '../parts/completion.service.js';
import { UploadAccess } from './upload-access.js';
import { UploadFinisher } from './upload-finisher.js';
import { UploadSessionsService } from './upload-sessions.service.js';
import { UploadWriters } from './upload-writers.js';

interface Candidate {
  id: string;
}

/** What nobody holds and nobody comes back for: sessions that are over, and those that only their end is missing to. */
@Injectable()
export class UploadUpkeepService {
  private readonly logger = new Logger(UploadUpkeepService.name);

  constructor(
    private readonly database: Database,
    private readonly access: UploadAccess,
    private readonly writers: UploadWriters,
    private readonly sessions: UploadSessionsService,
    private readonly finisher: UploadFinisher,
    private readonly completion: CompletionService,
  ) {}

  /** Drops up to `limit` sessions whose time is over: bytes, parts and reservation go with them. @returns how many */
  async expire(limit: number): Promise<number> {
    const expired = await this.database.unit().execute<Candidate[]>(
      `select id from upload where expires_at < now() and (lease_until is null or lease_until < now())
       order by expires_at limit ?`,
      [limit],
    );
    for (const { id } of expired) {
      await this.held(id, async () => {
        const upload = await this.access.find(id);
        // Its client may just have come back.
        if (upload.expiresAt.getTime() < Date.now()) await this.sessions.drop(upload);
      });
    }
    return expired.length;
  }

  /**
   * Drops up to `limit` imports whose media was purged while no attempt was under way to hear of it.
   * @returns how many
   */
  async dropOrphans(limit: number): Promise<number> {
    const orphans = await this.database.unit().execute<Candidate[]>(
      `select id from upload
       where protocol = 'import' and state in ('open', 'refused') and (lease_until is null or lease_until < now())
         and not exists (select from media where media.id = upload.id) limit ?`,
      [limit],
    );
    for (const { id } of orphans) {
      await this.held(id, async () => void (await this.sessions.drop(await this.access.find(id))));
    }
    return orphans.length;
  }

  /**
   * Makes media of up to `limit` sessions that have all their bytes, and whose request died before that was done.
   * @returns how many there were
   */
  async finish(limit: number): Promise<number> {
    const stalled = await this.database.unit().execute<Candidate[]>(
      `select id from upload
       where (state = 'finishing' or (state = 'open' and protocol = 'tus' and offset_bytes = size_bytes
              and tus_concat is null))
         and (lease_until is null or lease_until < now()) limit ?`,
      [limit],
    );
    for (const { id } of stalled) {
      await this.held(id, async (lease) => {
        const upload = await this.access.find(id);
        if (upload.protocol === 'multipart') await this.completion.resume(upload, lease);
        // Its parts are there yet, and its client was told of nothing.
        else if (upload.tusConcat !== null) await this.sessions.drop(upload);
        else await this.finisher.finish(upload, lease);
      });
    }
    return stalled.length;
  }

  /** What is refused on the way is settled by that; a session that somebody took meanwhile is theirs. */
  private async held(id: string, work: Parameters<UploadWriters['hold']>[1]): Promise<void> {
    try {
      await this.writers.hold(id, work);
    } catch (error) {
      if (!(error instanceof DomainError) || error.status >= 500) throw error;
      this.logger.log({ uploadId: id, code: error.code }, 'an upload was not finished');
    }
  }
}
