import type { Principal } from './principal.js';

/** Where passport keeps what a strategy found. */
interface AuthenticatedRequest {
  user?: Principal | null;
}

/** The principal of a request: null when it has none, undefined before the guard has looked. */
export function principalOf(request: object): Principal | null | undefined {
  return (request as AuthenticatedRequest).user;
}
