import { authErrors } from './auth.errors.js';
import { hasScope, isSubjectId, type Principal } from './principal.js';

export const visibilities = ['private', 'org', 'public'] as const;
/** Who may read: the owner, the members of the owner's organization, anyone. */
export type Visibility = (typeof visibilities)[number];

/** Something that belongs to someone. */
export interface Owned {
  ownerId: string;
  orgId: string | null;
  visibility: Visibility;
}

/** Whether it may be seen at all: what may not is answered as if it were not there (404). Scopes are the guards' matter. */
export function canRead(principal: Principal | null, { ownerId, orgId, visibility }: Owned): boolean {
  if (visibility === 'public') return true;
  if (principal === null) return false;
  if (principal.userId === ownerId || hasScope(principal, 'admin')) return true;
  return visibility === 'org' && orgId !== null && orgId === principal.orgId;
}

/** Whether it may be changed or deleted: what one sees but may not change is refused (403). */
export function canChange(principal: Principal | null, { ownerId }: Pick<Owned, 'ownerId'>): boolean {
  return principal !== null && (principal.userId === ownerId || hasScope(principal, 'admin'));
}

/**
 * One may see one's own account and that of one's organization; an admin sees all that can be.
 * @throws ACCOUNT_NOT_FOUND
 */
export function assertMaySeeAccount(principal: Principal, kind: 'user' | 'org', id: string): void {
  const own = kind === 'user' ? principal.userId : principal.orgId;
  const visible = own === id || hasScope(principal, 'admin');
  if (!visible || !isSubjectId(id)) throw authErrors.ACCOUNT_NOT_FOUND();
}
