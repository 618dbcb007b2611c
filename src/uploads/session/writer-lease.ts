import { Logger } from '@nestjs/common';
import type { Database } from '../../database/index.js';
import type { UploadChanges } from '../../events/index.js';
import { sessionErrors } from './session.errors.js';

/** A holder that is silent for this long is taken for dead. */
export const LEASE_SECONDS = 10;
const RENEWAL_MS = 3000;

interface Holder {
  id: string;
  /** Fencing token: rows are written on the condition that it is still the newest. */
  token: number;
  /** The holder before let go in an orderly way, and is no longer writing anywhere. */
  continuable: boolean;
}

/** The right of one request to write to an upload session; see UploadWriters. */
export class WriterLease implements Holder {
  readonly id: string;
  readonly token: number;
  readonly continuable: boolean;
  private readonly logger = new Logger(WriterLease.name);
  private readonly controller = new AbortController();
  private readonly renewal: NodeJS.Timeout;
  private readonly stopListening: () => void;

  constructor(
    { id, token, continuable }: Holder,
    private readonly parts: { database: Database; changes: UploadChanges },
  ) {
    this.id = id;
    this.token = token;
    this.continuable = continuable;
    this.renewal = setInterval(() => void this.renew(), RENEWAL_MS);
    this.stopListening = parts.changes.onChange((change) => {
      // What was wanted of the holder before may be heard only now.
      const wanted = change.leaseWanted && change.leaseToken === token;
      if (change.id === id && (wanted || change.deleted)) this.lose();
    });
  }

  /** Aborts with UPLOAD_TAKEN_OVER when a newer request wants the session, or has it. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Lets go: from here on nothing may be written for this lease. */
  async release(): Promise<void> {
    clearInterval(this.renewal);
    this.stopListening();
    await this.parts.database
      .unit()
      .execute(
        'update upload set lease_until = null, lease_wanted = false where id = ? and lease_token = ?',
        [this.id, this.token],
        'run',
      );
  }

  private async renew(): Promise<void> {
    try {
      const rows = await this.parts.database.unit().execute<{ lease_wanted: boolean }[]>(
        `update upload set lease_until = now() + make_interval(secs => ?)
         where id = ? and lease_token = ? returning lease_wanted`,
        [LEASE_SECONDS, this.id, this.token],
      );
      if (rows[0]?.lease_wanted !== false) this.lose();
    } catch (error) {
      // The database does not answer: the next acknowledgement will find out.
      this.logger.warn({ err: error, uploadId: this.id }, 'a lease could not be renewed');
    }
  }

  private lose(): void {
    this.controller.abort(sessionErrors.UPLOAD_TAKEN_OVER());
  }
}
