import { describe, expect, it } from '@jest/globals';
import { assertMaySeeAccount, canChange, canRead, type Visibility } from './access-policy.js';
import type { Principal, Scope } from './principal.js';

const principal = (userId: string, orgId: string | null, ...scopes: Scope[]): Principal => ({
  userId,
  orgId,
  scopes: new Set(scopes),
});
const who = {
  owner: principal('alice', 'acme', 'media:read'),
  'owner in another organization now': principal('alice', 'other', 'media:read'),
  colleague: principal('bob', 'acme', 'media:read', 'media:write'),
  stranger: principal('eve', 'other', 'media:read', 'media:write'),
  'stranger without an organization': principal('eve', null, 'media:read'),
  admin: principal('root', null, 'admin'),
  anonymous: null,
} as const;
type Who = keyof typeof who;
const everyone = Object.keys(who) as Who[];
const owners: Who[] = ['owner', 'owner in another organization now', 'admin'];

const readers: [Visibility, string | null, Who[]][] = [
  ['private', 'acme', owners],
  ['private', null, owners],
  ['org', 'acme', [...owners, 'colleague']],
  ['org', null, owners],
  ['public', 'acme', everyone],
  ['public', null, everyone],
];

describe('access policy', () => {
  describe.each(readers)("alice's %s media of organization %s", (visibility, orgId, allowed) => {
    const media = { ownerId: 'alice', orgId, visibility };

    it.each(everyone)('is seen by the right ones: %s', (name) => {
      expect(canRead(who[name], media)).toBe(allowed.includes(name));
    });
    it.each(everyone)('is changed by the owner and admins only: %s', (name) => {
      expect(canChange(who[name], media)).toBe(owners.includes(name));
    });
  });

  it.each([
    [who.owner, 'user', 'alice', true],
    [who.owner, 'org', 'acme', true],
    [who.owner, 'user', 'bob', false],
    [who.owner, 'org', 'other', false],
    [who.owner, 'org', 'alice', false],
    [who['stranger without an organization'], 'org', 'null', false],
    [who.admin, 'user', 'alice', true],
  ] as const)('shows accounts to their own (%#)', (viewer, kind, id, visible) => {
    const look = () => assertMaySeeAccount(viewer, kind, id);
    if (visible) expect(look).not.toThrow();
    else expect(look).toThrow(expect.objectContaining({ code: 'ACCOUNT_NOT_FOUND', status: 404 }));
  });
});
