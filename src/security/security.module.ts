import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { loadOrCreateSecret } from '../common/index.js';
import { type AppConfig, appConfig, type SecurityConfig, securityConfig } from '../config/index.js';
import { FetchGuard } from './fetch-guard/fetch-guard.js';
import { ClamdScanner } from './scanner/clamd-scanner.js';
import { NoScanner } from './scanner/no-scanner.js';
import { Scanner } from './scanner/scanner.js';
import { UrlSigner, UrlSigningKeys } from './url-signer.js';

/** Without a configured key, one is made under DATA_DIR and kept there. */
async function signingKeys(security: SecurityConfig, app: AppConfig): Promise<UrlSigningKeys> {
  const current = security.urlSigningKey ?? (await loadOrCreateSecret(join(app.dataDir, 'url-signing-key')));
  return { current, previous: security.urlSigningKeyPrevious };
}

@Module({
  providers: [
    {
      provide: Scanner,
      inject: [securityConfig.KEY],
      useFactory: ({ clamav }: SecurityConfig) => (clamav ? new ClamdScanner(clamav) : new NoScanner()),
    },
    { provide: UrlSigningKeys, inject: [securityConfig.KEY, appConfig.KEY], useFactory: signingKeys },
    UrlSigner,
    {
      provide: FetchGuard,
      inject: [securityConfig.KEY],
      useFactory: ({ imports }: SecurityConfig) =>
        new FetchGuard({ ...imports, hosts: { allowed: imports.allowedHosts, denied: imports.deniedHosts } }),
    },
  ],
  exports: [Scanner, UrlSigner, FetchGuard],
})
export class SecurityModule {}
