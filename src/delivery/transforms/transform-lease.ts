import { Logger } from '@nestjs/common';
import type { Database } from '../../database/index.js';

/** A holder that is silent for this long is taken for dead. */
export const LEASE_SECONDS = 10;
const RENEWAL_MS = 3000;

/** A transform of a media: what one process of the cluster makes while the others wait. */
export interface TransformKey {
  mediaId: string;
  /** Of the canonical transform. */
  hash: string;
}

/** What a lease is known by, and the place in the ledger for what is made with it. */
export interface LeaseTerms {
  key: TransformKey;
  /** Of this holder alone. */
  token: string;
  /** Registered for deletion: bytes may be written under it at once. */
  prefix: string;
}

/** The right to make a transform; it is renewed until it is given back. */
export class TransformLease {
  private readonly logger = new Logger(TransformLease.name);
  private readonly renewal: NodeJS.Timeout;
  private state: 'unused' | 'written' | 'over' = 'unused';

  constructor(
    private readonly database: Database,
    readonly terms: LeaseTerms,
  ) {
    this.renewal = setInterval(() => {
      this.renew().catch((error: unknown) => {
        this.logger.warn({ err: error, ...terms.key }, 'a lease could not be renewed');
      });
    }, RENEWAL_MS);
  }

  /** To be called before the first byte is written under its prefix, which then stays in the ledger. */
  use(): void {
    this.state = 'written';
  }

  /** To be called when the row of the lease is gone, and that of its prefix is no longer ours to remove. */
  end(): void {
    clearInterval(this.renewal);
    this.state = 'over';
  }

  /** Lets go, and tells those who wait; does nothing after `end`. Never fails: what is not given back runs out. */
  async release(): Promise<void> {
    if (this.state === 'over') return;
    const unused = this.state === 'unused';
    this.end();
    await this.remove(unused).catch((error: unknown) => {
      this.logger.warn({ err: error, ...this.terms.key }, 'a lease could not be given back');
    });
  }

  private async renew(): Promise<void> {
    const { key, token } = this.terms;
    await this.database.unit().execute(
      `update transform_lease set expires_at = now() + make_interval(secs => ?)
       where media_id = ? and name = ? and token = ?`,
      [LEASE_SECONDS, key.mediaId, key.hash, token],
      'run',
    );
  }

  /** NOTIFY makes commits wait for one another: only those who wait are told. */
  private async remove(unused: boolean): Promise<void> {
    const { key, token, prefix } = this.terms;
    await this.database.unit().execute(
      `with unwritten as (
         delete from pending_deletion where prefix = ? and sweeping_at is null and ?
       ), gone as (
         delete from transform_lease where media_id = ? and name = ? and token = ? returning media_id, name, wanted
       )
       select ${tellOfEnd} from gone where wanted`,
      [prefix, unused, key.mediaId, key.hash, token],
    );
  }
}

/** For a row of `media_id` and `name`: those who wait for the end of its lease hear of it at the commit. */
export const tellOfEnd = `pg_notify('transform_done', json_build_object('mediaId', media_id, 'name', name)::text)`;
