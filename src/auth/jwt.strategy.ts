import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { IncomingHttpHeaders } from 'node:http';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { DomainError } from '../common/index.js';
import { tokenRefused, unauthenticated } from './auth.errors.js';
import type { Principal } from './principal.js';
import { TokenVerifier } from './token-verifier.js';

interface RequestWithHeaders {
  headers: IncomingHttpHeaders;
}

const bearerToken = ExtractJwt.fromAuthHeaderAsBearerToken();

/**
 * passport-jwt with jose in the place of jsonwebtoken, which knows neither EdDSA nor key sets. What fails is
 * handed to the guard as a DomainError: a refused token by `fail`, unavailable keys by `error`.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(private readonly verifier: TokenVerifier) {
    super({
      jwtFromRequest: bearerToken,
      // passport-jwt insists on a key; only its own `authenticate`, which is replaced, would ask for it.
      secretOrKeyProvider: (_request, _token, done) =>
        done(new Error('tokens are verified by TokenVerifier')),
    });
  }

  override authenticate(request: RequestWithHeaders): void {
    const token = bearerToken(request);
    if (token === null) {
      const malformed = /^bearer\b/i.test(request.headers.authorization ?? '');
      this.fail(malformed ? tokenRefused('TOKEN_INVALID') : unauthenticated(), 401);
      return;
    }
    this.validate(token).then(
      (principal) => this.success(principal),
      (error: unknown) => {
        if (error instanceof DomainError && error.status === 401) this.fail(error, 401);
        else
          this.error(
            error instanceof Error ? error : new Error('a token could not be verified', { cause: error }),
          );
      },
    );
  }

  validate(token: string): Promise<Principal> {
    return this.verifier.verify(token);
  }
}
