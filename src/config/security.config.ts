import { IsInt, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';
import { Integer, List } from './env.js';
import { type HostRule, parseHostRule } from './host-rule.js';
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
  @List() @IsString({ each: true }) IMPORT_ALLOWED_HOSTS: string[] = [];
  @List() @IsString({ each: true }) IMPORT_DENIED_HOSTS: string[] = [];
  @Integer() @IsInt() @Min(1) @Max(24 * 3600) IMPORT_TIMEOUT_SECONDS = 3600;
  @Integer() @IsInt() @Min(1) @Max(3600) IMPORT_IDLE_TIMEOUT_SECONDS = 30;
}

export const securityConfig = defineSlice('security', SecurityEnv, (env, report) => ({
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
  /** Import from URLs of others. */
  imports: {
    /** Empty: every public host. Else only these; a private address has to be listed, or its exact name. */
    allowedHosts: parseHosts(env.IMPORT_ALLOWED_HOSTS, (message) => report('IMPORT_ALLOWED_HOSTS', message)),
    /** Wins over the allowed ones. */
    deniedHosts: parseHosts(env.IMPORT_DENIED_HOSTS, (message) => report('IMPORT_DENIED_HOSTS', message)),
    timeoutMs: env.IMPORT_TIMEOUT_SECONDS * 1000,
    /** Longest wait for the head of an answer, and longest silence within its body. */
    idleTimeoutMs: env.IMPORT_IDLE_TIMEOUT_SECONDS * 1000,
  },
}));
export type SecurityConfig = ReturnType<typeof securityConfig.read>;

function parseHosts(entries: readonly string[], report: (message: string) => void): HostRule[] {
  const rules = entries.map(parseHostRule);
  if (rules.includes(null)) report('must list *, host names, *.example.com, addresses or CIDRs');
  return rules.filter((rule) => rule !== null);
}
