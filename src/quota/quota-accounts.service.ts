import { Inject, Injectable } from '@nestjs/common';
import { uploadsConfig, type UploadsConfig } from '../config/index.js';
import { Database } from '../database/index.js';
import { Quota, type QuotaScope } from './entities/quota.entity.js';
import type { Account } from './quota.repository.js';

export interface AccountState {
  limitBytes: number;
  /** False when the limit is the configured default. */
  ownLimit: boolean;
  usedBytes: number;
  reservedBytes: number;
  mediaCount: number;
}

/** One account whose counters did not match the media and reservations that are there. */
export interface Drift {
  scope: 'user' | 'org';
  subjectId: string;
  usedBytes: { was: number; is: number };
  reservedBytes: { was: number; is: number };
  mediaCount: { was: number; is: number };
}

interface Counters {
  used: string;
  reserved: string;
  count: string;
}

interface CountersSeen {
  seen_used: string;
  seen_reserved: string;
  seen_count: string;
}

/** Accounts that are compared at once. */
const PAGE = 100;
/** The columns that name an account's owner. */
const owners = {
  user: { media: 'owner_id', reservation: 'user_id' },
  org: { media: 'org_id', reservation: 'org_id' },
} as const;

/** Reading, limiting and recounting the accounts that quota is kept in. */
@Injectable()
export class QuotaAccountsService {
  constructor(
    private readonly database: Database,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
  ) {}

  /** The state of an account; one that never stored anything is empty, not missing. */
  async read(account: Account): Promise<AccountState> {
    const quota = await this.database.unit().findOne(Quota, { ...account });
    const fallback = account.scope === 'user' ? this.config.userDefaultBytes : this.config.orgDefaultBytes;
    return {
      limitBytes: quota?.limitBytes ?? fallback,
      ownLimit: typeof quota?.limitBytes === 'number',
      usedBytes: quota?.usedBytes ?? 0,
      reservedBytes: quota?.reservedBytes ?? 0,
      mediaCount: quota?.mediaCount ?? 0,
    };
  }

  /** Sets an account's own limit; null returns it to the configured default. A limit below the usage only stops further uploads. */
  async setLimit(account: Account, limitBytes: number | null): Promise<AccountState> {
    await this.database.unit().execute(
      `insert into quota (scope, subject_id, limit_bytes) values (?, ?, ?)
       on conflict (scope, subject_id) do update set limit_bytes = excluded.limit_bytes, updated_at = now()`,
      [account.scope, account.subjectId, limitBytes],
      'run',
    );
    return this.read(account);
  }

  /** Counts one account, or all, again from the rows that are there and mends what differs. */
  async recalculate(only?: Account): Promise<Drift[]> {
    const accounts = only ? [only] : await this.everyAccount();
    const drifts: Drift[] = [];
    for (const account of accounts) {
      const drift = await this.recount(account);
      if (drift) drifts.push(drift);
    }
    return drifts;
  }

  /**
   * Compares the counters of all accounts with the rows that they count, a page at a time, and changes nothing. Each
   * page is one statement, and counters change together with their rows: so whatever goes on, they are of one moment.
   */
  async *compare(): AsyncGenerator<{ accounts: number; drifts: Drift[] }> {
    for (const scope of ['org', 'user'] as const) {
      let after = '';
      for (;;) {
        const subjects = await this.subjectsAfter(scope, after);
        const last = subjects.at(-1);
        if (last === undefined) break;
        after = last;
        yield { accounts: subjects.length, drifts: await this.driftsOf(scope, subjects) };
      }
    }
  }

  private async subjectsAfter(scope: QuotaScope, after: string): Promise<string[]> {
    const { media, reservation } = owners[scope];
    const rows = await this.database.unit().execute<{ subject_id: string }[]>(
      `select subject_id from (
         (select subject_id from quota where scope = ? and subject_id > ? order by subject_id limit ?)
         union (select distinct ${media} from media where ${media} > ? order by ${media} limit ?)
         union (select distinct ${reservation} from quota_reservation where ${reservation} > ?
                order by ${reservation} limit ?)) as account
       order by subject_id limit ?`,
      [scope, after, PAGE, after, PAGE, after, PAGE, PAGE],
    );
    return rows.map((row) => row.subject_id);
  }

  private async driftsOf(scope: QuotaScope, subjects: readonly string[]): Promise<Drift[]> {
    const { media, reservation } = owners[scope];
    const rows = await this.database.unit().execute<(Counters & CountersSeen & { subject_id: string })[]>(
      `select account.subject_id, coalesce(used_bytes, 0) as seen_used, coalesce(reserved_bytes, 0) as seen_reserved,
              coalesce(media_count, 0) as seen_count,
              (select coalesce(sum(size_bytes), 0) from media where ${media} = account.subject_id) as used,
              (select coalesce(sum(bytes), 0) from quota_reservation
                where ${reservation} = account.subject_id) as reserved,
              (select count(*) from media where ${media} = account.subject_id) as count
         from jsonb_array_elements_text(?::jsonb) as account (subject_id)
         left join quota on quota.scope = ? and quota.subject_id = account.subject_id`,
      [JSON.stringify(subjects), scope],
    );
    return rows
      .map((row) => ({
        scope,
        subjectId: row.subject_id,
        usedBytes: { was: Number(row.seen_used), is: Number(row.used) },
        reservedBytes: { was: Number(row.seen_reserved), is: Number(row.reserved) },
        mediaCount: { was: Number(row.seen_count), is: Number(row.count) },
      }))
      .filter(hasDrifted);
  }

  /**
   * The account's row is locked before the rows are counted: every change of these takes that lock in
   * the same transaction, so that the sums and the counters are of one moment.
   */
  private recount({ scope, subjectId }: Account): Promise<Drift | null> {
    return this.database.transaction(async (tx) => {
      await tx.execute(
        'insert into quota (scope, subject_id) values (?, ?) on conflict do nothing',
        [scope, subjectId],
        'run',
      );
      const [was] = await tx.execute<Counters[]>(
        `select used_bytes as used, reserved_bytes as reserved, media_count as count
         from quota where scope = ? and subject_id = ? for update`,
        [scope, subjectId],
      );
      const { media, reservation } = owners[scope];
      const [is] = await tx.execute<Counters[]>(
        `select (select coalesce(sum(size_bytes), 0) from media where ${media} = ?) as used,
                (select coalesce(sum(bytes), 0) from quota_reservation where ${reservation} = ?) as reserved,
                (select count(*) from media where ${media} = ?) as count`,
        [subjectId, subjectId, subjectId],
      );
      if (!was || !is) return null;
      const drift: Drift = {
        scope,
        subjectId,
        usedBytes: { was: Number(was.used), is: Number(is.used) },
        reservedBytes: { was: Number(was.reserved), is: Number(is.reserved) },
        mediaCount: { was: Number(was.count), is: Number(is.count) },
      };
      if (!hasDrifted(drift)) return null;
      await tx.execute(
        `update quota set used_bytes = ?, reserved_bytes = ?, media_count = ?, updated_at = now()
         where scope = ? and subject_id = ?`,
        [drift.usedBytes.is, drift.reservedBytes.is, drift.mediaCount.is, scope, subjectId],
        'run',
      );
      return drift;
    });
  }

  private async everyAccount(): Promise<Account[]> {
    const rows = await this.database.unit().execute<{ scope: 'user' | 'org'; subject_id: string }[]>(
      `select scope, subject_id from quota
       union select 'user', owner_id from media
       union select 'org', org_id from media where org_id is not null`,
    );
    return rows.map((row) => ({ scope: row.scope, subjectId: row.subject_id }));
  }
}

function hasDrifted({ usedBytes, reservedBytes, mediaCount }: Drift): boolean {
  return [usedBytes, reservedBytes, mediaCount].some(({ was, is }) => was !== is);
}
