import { IsInt, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';
import { Integer } from './env.js';
import { defineSlice } from './slice.js';

class SecurityEnv {
  @IsOptional() @IsString() CLAMAV_HOST: string | undefined = undefined;
  @Integer() @IsInt() @Min(1) @Max(65535) CLAMAV_PORT = 3310;
  @Integer() @IsInt() @Min(1) CLAMAV_TIMEOUT_SECONDS = 120;
  @Integer() @IsInt() @Min(1) CLAMAV_MAX_BYTES = 2000 * 1024 ** 2;
  @IsOptional()
  @MinLength(32, { message: 'must have at least 32 characters' })
  URL_SIGNING_KEY: string | undefined = undefined;
  @IsOptional()
  @MinLength(32, { message: 'must have at least 32 characters' })
  URL_SIGNING_KEY_PREVIOUS: string | undefined = undefined;
  @Integer() @IsInt() @Min(60) SIGNED_URL_MAX_SECONDS = 7 * 24 * 3600;
}

export const securityConfig = defineSlice('security', SecurityEnv, (env) => ({
  /** Null: nothing is scanned. */
  clamav: env.CLAMAV_HOST
    ? {
        host: env.CLAMAV_HOST,
        port: env.CLAMAV_PORT,
        /** Longest silence of clamd before the scan fails and is tried again. */
        timeoutMs: env.CLAMAV_TIMEOUT_SECONDS * 1000,
        /** clamd's StreamMaxLength, 2 GB at most: what is larger can't be scanned and is refused. */
        maxBytes: env.CLAMAV_MAX_BYTES,
      }
    : null,
  /** HMAC key of signed URLs; null: one made once under DATA_DIR. */
  urlSigningKey: env.URL_SIGNING_KEY ?? null,
  /** The key before the last rotation: verifies, never signs. */
  urlSigningKeyPrevious: env.URL_SIGNING_KEY_PREVIOUS ?? null,
  signedUrlMaxSeconds: env.SIGNED_URL_MAX_SECONDS,
}));
export type SecurityConfig = ReturnType<typeof securityConfig.read>;
