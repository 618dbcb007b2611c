export const scopes = ['media:read', 'media:write', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Who a request is made for, as its token says. */
export interface Principal {
  readonly userId: string;
  readonly orgId: string | null;
  readonly scopes: ReadonlySet<Scope>;
}

/** Whether the principal has the scope; `admin` has every one. */
export function hasScope(principal: Principal, scope: Scope): boolean {
  return principal.scopes.has(scope) || principal.scopes.has('admin');
}

export function isScope(text: string): text is Scope {
  return scopes.some((scope) => scope === text);
}

/**
 * Whether a text may be the id of a user or an organization: 1–200 characters, no controls (PostgreSQL
 * text takes no NUL) and no lone surrogates (in UTF-8 they would all become the same character).
 */
export function isSubjectId(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{Cc}]{1,200}$/u.test(value) && value.isWellFormed();
}
