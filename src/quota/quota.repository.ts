import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { QuotaScope } from './entities/quota.entity.js';

/** Whom bytes are charged to. */
export interface QuotaOwner {
  userId: string;
  orgId: string | null;
}

export interface Account {
  scope: QuotaScope;
  subjectId: string;
}

/** Changes to an account; each may be negative. */
export interface AccountDelta {
  used?: number;
  reserved?: number;
  count?: number;
}

/** The quota rows an owner's bytes count against, in the one order in which they are locked. */
export function accountsOf({ userId, orgId }: QuotaOwner): Account[] {
  const user: Account = { scope: 'user', subjectId: userId };
  return orgId === null ? [user] : [{ scope: 'org', subjectId: orgId }, user];
}

/** The statements on the quota row; each is one conditional UPDATE, so that no race can overshoot. */
@Injectable()
export class QuotaRepository {
  /**
   * Claims bytes if they fit under the limit.
   * @returns false, and nothing changed, when they don't
   */
  async claim(
    tx: EntityManager,
    account: Account,
    claim: { bytes: number; defaultLimit: number },
  ): Promise<boolean> {
    await tx.execute(
      'insert into quota (scope, subject_id) values (?, ?) on conflict do nothing',
      [account.scope, account.subjectId],
      'run',
    );
    const rows = await tx.execute<{ scope: string }[]>(
      `update quota set reserved_bytes = reserved_bytes + ?, updated_at = now()
       where scope = ? and subject_id = ? and used_bytes + reserved_bytes + ? <= coalesce(limit_bytes, ?)
       returning scope`,
      [claim.bytes, account.scope, account.subjectId, claim.bytes, claim.defaultLimit],
    );
    return rows.length === 1;
  }

  /** Moves an account by what is known to be there; never checks the limit. */
  async adjust(
    tx: EntityManager,
    account: Account,
    { used = 0, reserved = 0, count = 0 }: AccountDelta,
  ): Promise<void> {
    await tx.execute(
      `update quota set used_bytes = used_bytes + ?, reserved_bytes = reserved_bytes + ?,
         media_count = media_count + ?, updated_at = now()
       where scope = ? and subject_id = ?`,
      [used, reserved, count, account.scope, account.subjectId],
      'run',
    );
  }
}
