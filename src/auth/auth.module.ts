import { Global, Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { type AppConfig, appConfig, type AuthConfig, authConfig } from '../config/index.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { createTokenVerifier } from './jwt-secret.js';
import { JwtStrategy } from './jwt.strategy.js';
import { RouteCatalogue } from './route-catalogue.js';
import { ScopesGuard } from './scopes.guard.js';
import { TokenVerifier } from './token-verifier.js';

/** Guards every route of the application. Global guards run in the order in which modules are imported. */
@Global()
@Module({
  imports: [PassportModule, DiscoveryModule],
  providers: [
    {
      provide: TokenVerifier,
      inject: [authConfig.KEY, appConfig.KEY],
      useFactory: (auth: AuthConfig, app: AppConfig) => createTokenVerifier(auth, app),
    },
    JwtStrategy,
    RouteCatalogue,
    { provide: APP_GUARD, useClass: JwtAuthGuard },
    { provide: APP_GUARD, useClass: ScopesGuard },
  ],
  exports: [TokenVerifier, RouteCatalogue],
})
export class AuthModule {}
