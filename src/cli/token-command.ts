import { parseArgs } from 'node:util';
import { isScope, isSubjectId, jwtSecret, type Scope, scopes, signDevelopmentToken } from '../auth/index.js';
import type { Configuration } from '../config/index.js';

const DEFAULT_SECONDS = 3600;
const MAX_SECONDS = 366 * 24 * 3600;

const usage =
  'Usage: npm run token -- --sub <user> [--org <organization>] [--scope "media:read media:write"] [--expires-in <seconds>]';

/** What the caller of a command did wrong, in words for the caller. */
export class UsageError extends Error {}

/**
 * A token for development, signed with the secret that the service verifies with.
 * @throws UsageError
 */
export async function tokenCommand(
  args: readonly string[],
  { auth, app }: Pick<Configuration, 'auth' | 'app'>,
): Promise<string> {
  const claims = readClaims(args);
  const secret = await jwtSecret(auth, app);
  if (secret === null) {
    throw new UsageError(
      'JWT_JWKS_URL is set: tokens come from the identity provider whose keys it names, this service can sign none.',
    );
  }
  return signDevelopmentToken(secret, { ...claims, issuer: auth.issuer, audience: auth.audience });
}

function readClaims(args: readonly string[]) {
  const { sub, org, scope, 'expires-in': expiresIn } = readOptions(args);
  if (!isSubjectId(sub)) throw new UsageError(`--sub must name a user.\n${usage}`);
  if (org !== undefined && !isSubjectId(org)) throw new UsageError('--org must name an organization.');
  const expiresInSeconds = Number(expiresIn ?? DEFAULT_SECONDS);
  if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 1 || expiresInSeconds > MAX_SECONDS) {
    throw new UsageError(`--expires-in must be a number of seconds from 1 to ${MAX_SECONDS}.`);
  }
  return { sub, ...(org !== undefined && { org }), scopes: readScopes(scope), expiresInSeconds };
}

function readScopes(text = 'media:read media:write'): Scope[] {
  return text
    .split(' ')
    .filter((name) => name !== '')
    .map((name) => {
      if (!isScope(name)) throw new UsageError(`--scope knows only ${scopes.join(', ')}.`);
      return name;
    });
}

function readOptions(args: readonly string[]) {
  const string = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { sub: string, org: string, scope: string, 'expires-in': string },
    }).values;
  } catch {
    throw new UsageError(usage);
  }
}
