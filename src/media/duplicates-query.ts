import { hasScope, type Principal } from '../auth/index.js';
import type { Media } from './entities/media.entity.js';
import { bandsOf, bandTokens } from './hamming-bands.js';

/** What is asked of the duplicates of a media. */
export interface DuplicatesQuestion {
  principal: Principal;
  /** In bits; at most `maxHammingDistance`. */
  maxDistance: number;
  limit: number;
}

export interface Statement {
  sql: string;
  parameters: unknown[];
}

/** One that was found; distance null: it has the same bytes. */
export interface DuplicateRow {
  id: string;
  distance: number | null;
}

type Subject = Pick<Media, 'id' | 'ownerId' | 'orgId' | 'sha256' | 'phash'>;

/**
 * Media of the subject's space, out of the trash, that the principal may read: those with the same bytes first,
 * then those that look alike, the nearest first.
 */
export function duplicatesStatement(subject: Subject, question: DuplicatesQuestion): Statement {
  const { maxDistance, limit } = question;
  const candidates = candidatesOf(subject, question.principal);
  const parts: Statement[] = [];
  if (subject.sha256 !== null) {
    parts.push({
      sql: `select id, null::int as distance from media where sha256 = ? and ${candidates.sql}`,
      parameters: [subject.sha256, ...candidates.parameters],
    });
  }
  if (subject.phash !== null) {
    const distance = 'bit_count((phash # ?::bigint)::bit(64))';
    const hash = String(subject.phash);
    // In a query of its own: of hundreds of tokens that it sees, each rare, the planner would think that nearly
    // every row has one, and read the table. Of one that it does not see it assumes a hundredth, which is true.
    const tokens = '(select ?::int[])';
    parts.push({
      sql: `select id, ${distance}::int as distance from media
             where phash is not null and ${bandsOf('phash')} && ${tokens} and ${distance} <= ?
               and sha256 is distinct from ? and ${candidates.sql}`,
      parameters: [
        hash,
        `{${bandTokens(subject.phash, maxDistance).join(',')}}`,
        hash,
        maxDistance,
        subject.sha256,
        ...candidates.parameters,
      ],
    });
  }
  const sql = parts.map((part) => part.sql).join(' union all ');
  return {
    sql: sql && `${sql} order by distance nulls first, id desc limit ?`,
    parameters: [...parts.flatMap((part) => part.parameters), limit],
  };
}

function candidatesOf({ id, ownerId, orgId }: Subject, principal: Principal): Statement {
  const space: Statement =
    orgId === null
      ? { sql: 'owner_id = ? and org_id is null', parameters: [ownerId] }
      : { sql: 'org_id = ?', parameters: [orgId] };
  const readable: Statement = hasScope(principal, 'admin')
    ? { sql: 'true', parameters: [] }
    : {
        sql: `(owner_id = ? or visibility = 'public' or (visibility = 'org' and org_id = ?))`,
        parameters: [principal.userId, principal.orgId],
      };
  return {
    sql: `id <> ? and deleted_at is null and ${space.sql} and ${readable.sql}`,
    parameters: [id, ...space.parameters, ...readable.parameters],
  };
}
