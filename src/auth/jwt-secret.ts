import { join } from 'node:path';
import { loadOrCreateSecret } from '../common/index.js';
import type { AppConfig, AuthConfig } from '../config/index.js';
import { RememberingVerifier } from './remembering-verifier.js';
import { jwksVerifier, secretVerifier, type TokenVerifier } from './token-verifier.js';

type DataDir = Pick<AppConfig, 'dataDir'>;

/** The HS256 secret: the configured one, else one made once under the data directory; null with a JWKS. */
export async function jwtSecret(auth: AuthConfig, app: DataDir): Promise<string | null> {
  return auth.jwksUrl === null ? secretOf(auth, app) : null;
}

export async function createTokenVerifier(auth: AuthConfig, app: DataDir): Promise<TokenVerifier> {
  return new RememberingVerifier(
    auth.jwksUrl === null
      ? secretVerifier(await secretOf(auth, app), auth)
      : jwksVerifier(new URL(auth.jwksUrl), auth),
  );
}

async function secretOf(auth: AuthConfig, app: DataDir): Promise<string> {
  return auth.secret ?? loadOrCreateSecret(join(app.dataDir, 'jwt-secret'));
}
