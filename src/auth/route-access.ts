import type { Reflector } from '@nestjs/core';
import { PUBLIC_ROUTE } from '../common/index.js';
import { ANONYMOUS_ROUTE, ROUTE_SCOPES } from './access.decorators.js';
import type { Scope } from './principal.js';

/** Who may call a route. */
export type RouteAccess =
  | { kind: 'public' }
  | { kind: 'anonymous'; scopes: readonly Scope[] }
  | { kind: 'scopes'; scopes: readonly Scope[] };

type MetadataTarget = Parameters<Reflector['get']>[1];

/** What a route's decorators say; those of the method replace those of the class. Null: they say nothing. */
export function routeAccess(
  reflector: Reflector,
  handler: MetadataTarget,
  controller: MetadataTarget,
): RouteAccess | null {
  return accessOf(reflector, handler) ?? accessOf(reflector, controller);
}

function accessOf(reflector: Reflector, target: MetadataTarget): RouteAccess | null {
  const scopes = reflector.get<readonly Scope[] | undefined>(ROUTE_SCOPES, target);
  if (scopes) return { kind: 'scopes', scopes };
  const optional = reflector.get<readonly Scope[] | undefined>(ANONYMOUS_ROUTE, target);
  if (optional) return { kind: 'anonymous', scopes: optional };
  return reflector.get<boolean | undefined>(PUBLIC_ROUTE, target) ? { kind: 'public' } : null;
}
