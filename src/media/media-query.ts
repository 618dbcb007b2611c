import { type FilterQuery, raw } from '@mikro-orm/postgresql';
import { hasScope, type Principal } from '../auth/index.js';
import { type Cursor, decodeCursor, encodeCursor } from '../common/index.js';
import type { Media } from './entities/media.entity.js';
import type { ListMediaQuery, TagSource } from './dto/list-media.query.js';

/** What of the catalogue a principal may list: one's own, or with ownerId someone's in the own organization. */
function visibleTo(principal: Principal, ownerId: string | undefined): FilterQuery<Media> {
  if (hasScope(principal, 'admin')) return ownerId === undefined ? {} : { ownerId };
  if (ownerId === undefined || ownerId === principal.userId) return { ownerId: principal.userId };
  const shared: FilterQuery<Media>[] = [{ visibility: 'public' }];
  if (principal.orgId !== null) shared.push({ visibility: 'org', orgId: principal.orgId });
  return { ownerId, $or: shared };
}

/** Rows after a cursor, newest first. */
function after({ createdAt, id }: Cursor): FilterQuery<Media> {
  return { $or: [{ createdAt: { $lt: createdAt } }, { createdAt, id: { $lt: id } }] };
}

/** Media with all of the tags. The first condition is the one that has an index, and holds for every source. */
function tagged(tags: string[], source: TagSource): FilterQuery<Media>[] {
  const listed = `array[${tags.map(() => '?').join(', ')}]::text[]`;
  const both = { [raw((alias) => `("${alias}"."tags" || "${alias}"."auto_tags") @> ${listed}`, tags)]: [] };
  if (source === 'own') return [both, { tags: { $contains: tags } }];
  if (source === 'suggested') return [both, { autoTags: { $contains: tags } }];
  return [both];
}

/** The condition of a list request; `%` and `_` in the searched name stand for themselves. */
export function listCondition(principal: Principal, query: ListMediaQuery): FilterQuery<Media> {
  const conditions: FilterQuery<Media>[] = [
    visibleTo(principal, query.ownerId),
    { deletedAt: query.trashed ? { $ne: null } : null },
  ];
  // The trash is the owner's alone.
  if (query.trashed && !hasScope(principal, 'admin')) conditions.push({ ownerId: principal.userId });
  if (query.kind) conditions.push({ kind: query.kind });
  if (query.status) conditions.push({ status: query.status });
  if (query.tag) conditions.push(...tagged(query.tag, query.tagSource));
  if (query.q) conditions.push({ filename: { $ilike: `%${escapePattern(query.q)}%` } });
  if (query.createdAfter) conditions.push({ createdAt: { $gt: new Date(query.createdAfter) } });
  if (query.createdBefore) conditions.push({ createdAt: { $lt: new Date(query.createdBefore) } });
  if (query.cursor) conditions.push(after(decodeCursor(query.cursor)));
  return { $and: conditions };
}

/** File names are kept in NFC; some systems send what users type in NFD. */
function escapePattern(text: string): string {
  return text.normalize('NFC').replaceAll(/[\\%_]/g, '\\$&');
}

/** The cursor of the page that follows, or null at the end. */
export function nextCursor(rows: readonly Media[], limit: number): string | null {
  const last = rows[limit - 1];
  return rows.length > limit && last ? encodeCursor({ createdAt: last.createdAt, id: last.id }) : null;
}
