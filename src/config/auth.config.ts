import { IsOptional, IsString, IsUrl, MinLength } from 'class-validator';
import { defineSlice } from './slice.js';

class AuthEnv {
  @IsOptional()
  @MinLength(32, { message: 'must have at least 32 characters' })
  JWT_SECRET: string | undefined = undefined;
  @IsOptional()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true })
  JWT_JWKS_URL: string | undefined = undefined;
  @IsOptional() @IsString() JWT_ISSUER: string | undefined = undefined;
  @IsOptional() @IsString() JWT_AUDIENCE: string | undefined = undefined;
}

export const authConfig = defineSlice('auth', AuthEnv, (env, report) => {
  if (env.JWT_SECRET && env.JWT_JWKS_URL) {
    report('JWT_JWKS_URL', 'must not be set together with JWT_SECRET');
  }
  return {
    /** HS256 key; null with a JWKS, or when the development secret under DATA_DIR is to be used. */
    secret: env.JWT_SECRET ?? null,
    jwksUrl: env.JWT_JWKS_URL ?? null,
    issuer: env.JWT_ISSUER ?? null,
    audience: env.JWT_AUDIENCE ?? null,
  };
});
export type AuthConfig = ReturnType<typeof authConfig.read>;
