import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../../database/index.js';
import { UploadChanges } from '../../events/index.js';
import { sessionErrors } from './session.errors.js';
import { LEASE_SECONDS, WriterLease } from './writer-lease.js';

/** Longer than a dead holder's lease lasts. */
const MAX_WAIT_MS = 20_000;
/** For changes that were missed. */
const POLL_MS = 500;

interface AcquiredRow {
  lease_token: string;
  was_free: boolean;
}

/**
 * Who may write to an upload session: one request in the cluster. The newer request ends the older one: it asks
 * the holder to let go, waits for what the holder had in hand to become durable, and takes over from one that does
 * not answer when its lease has run out. Each holder has a higher token than those before it, and rows are written
 * on the condition of that token, so that a holder that only seemed dead can no longer acknowledge anything.
 */
@Injectable()
export class UploadWriters {
  private readonly logger = new Logger(UploadWriters.name);

  constructor(
    private readonly database: Database,
    private readonly changes: UploadChanges,
  ) {}

  /**
   * Runs work as the only writer of a session, and lets go afterwards.
   * @param signal ends the waiting, when nobody is there any more for whom to wait
   * @throws UPLOAD_NOT_FOUND, UPLOAD_LOCKED when the holder goes on for too long
   */
  async hold<T>(id: string, work: (lease: WriterLease) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const lease = await this.acquire(id, signal);
    try {
      return await work(lease);
    } finally {
      await lease.release().catch((error: unknown) => {
        // It runs out by itself.
        this.logger.warn({ err: error, uploadId: id }, 'a session could not be let go of');
      });
    }
  }

  private async acquire(id: string, signal?: AbortSignal): Promise<WriterLease> {
    const free = this.watch(id);
    const deadline = Date.now() + MAX_WAIT_MS;
    try {
      for (;;) {
        signal?.throwIfAborted();
        const row = await this.tryAcquire(id);
        if (row) {
          return new WriterLease(
            { id, token: Number(row.lease_token), continuable: row.was_free },
            { database: this.database, changes: this.changes },
          );
        }
        await this.askToLetGo(id);
        if (Date.now() > deadline) {
          throw sessionErrors.UPLOAD_LOCKED(undefined, { headers: { 'Retry-After': '5' } });
        }
        await free.next(POLL_MS);
      }
    } finally {
      free.stop();
    }
  }

  private async tryAcquire(id: string): Promise<AcquiredRow | null> {
    const rows = await this.database.unit().execute<AcquiredRow[]>(
      `update upload set lease_token = upload.lease_token + 1, lease_wanted = false,
         lease_until = now() + make_interval(secs => ?)
       from (select id, lease_until is null as was_free from upload
             where id = ? and (lease_until is null or lease_until < now()) for update) as before
       where upload.id = before.id
       returning upload.lease_token, before.was_free`,
      [LEASE_SECONDS, id],
    );
    return rows[0] ?? null;
  }

  /** @throws UPLOAD_NOT_FOUND */
  private async askToLetGo(id: string): Promise<void> {
    const rows = await this.database
      .unit()
      .execute<{ id: string }[]>('update upload set lease_wanted = true where id = ? returning id', [id]);
    if (rows.length === 0) throw sessionErrors.UPLOAD_NOT_FOUND();
  }

  /** Resolves `next` as soon as the session is told to be free, or after a while. */
  private watch(id: string): { next(timeoutMs: number): Promise<void>; stop(): void } {
    let wake = (): void => undefined;
    const stop = this.changes.onChange((change) => {
      if (change.id === id && (change.leaseFree || change.deleted)) wake();
    });
    return {
      stop,
      next: (timeoutMs) =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        }),
    };
  }
}
