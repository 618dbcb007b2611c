import { assertMaySeeAccount, type Principal } from '../auth/index.js';
import { commonErrors } from '../common/index.js';
import { spaceOf } from '../media/index.js';
import type { PresetSpaceQuery } from './dto/preset.dto.js';

/**
 * Whose presets a request is about: those of the caller's organization, or of the caller who is in none, unless it
 * names others that the caller may see.
 * @throws ACCOUNT_NOT_FOUND, VALIDATION_FAILED
 */
export function presetSpace(principal: Principal, { orgId, userId }: PresetSpaceQuery): string {
  if (orgId !== undefined && userId !== undefined) {
    const message = 'userId must not be given together with orgId';
    throw commonErrors.VALIDATION_FAILED(undefined, { errors: [{ field: 'userId', message }] });
  }
  if (orgId !== undefined) {
    assertMaySeeAccount(principal, 'org', orgId);
    return spaceOf({ ownerId: principal.userId, orgId });
  }
  if (userId !== undefined) {
    assertMaySeeAccount(principal, 'user', userId);
    return spaceOf({ ownerId: userId, orgId: null });
  }
  return spaceOf({ ownerId: principal.userId, orgId: principal.orgId });
}
