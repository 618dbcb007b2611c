import { join, resolve } from 'node:path';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';
import { Flag, Integer, List } from './env.js';
import { defineSlice } from './slice.js';

const roles = ['all', 'api', 'worker'] as const;
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type Role = (typeof roles)[number];

class AppEnv {
  @IsOptional() @IsIn(['development', 'test', 'production']) NODE_ENV = 'development';
  @Integer() @IsInt() @Min(0) @Max(65535) PORT = 3000;
  @IsString() HOST = '0.0.0.0';
  @IsIn(roles) ROLE: Role = 'all';
  @IsString() DATA_DIR = './data';
  @IsOptional()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true })
  PUBLIC_URL: string | undefined = undefined;
  @IsIn(levels) LOG_LEVEL: (typeof levels)[number] = 'info';
  @List() @IsString({ each: true }) CORS_ORIGINS: string[] = [];
  @List() @IsString({ each: true }) TRUSTED_PROXIES: string[] = [];
  @Integer() @IsInt() @Min(0) RATE_LIMIT_PER_MINUTE = 600;
  @Integer() @IsInt() @Min(0) SHUTDOWN_DELAY_SECONDS = 0;
  @Integer() @IsInt() @Min(1) SHUTDOWN_TIMEOUT_SECONDS = 25;
  @Flag() @IsBoolean() DOCS_ENABLED = true;
}

export const appConfig = defineSlice('app', AppEnv, (env) => ({
  production: env.NODE_ENV === 'production',
  port: env.PORT,
  host: env.HOST,
  role: env.ROLE,
  servesApi: env.ROLE !== 'worker',
  runsJobs: env.ROLE !== 'api',
  dataDir: resolve(env.DATA_DIR),
  /** Private scratch space for jobs; swept at start. */
  scratchDir: join(resolve(env.DATA_DIR), 'scratch'),
  /** Origin under which clients reach the service, without a trailing slash; null when it is the request's. */
  publicUrl: env.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
  logLevel: env.LOG_LEVEL,
  corsOrigins: env.CORS_ORIGINS,
  trustedProxies: env.TRUSTED_PROXIES,
  /** Requests per minute and principal; 0 switches the limit off. */
  rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE,
  /** How long the service stays unready before it stops accepting, so that load balancers notice. */
  shutdownDelayMs: env.SHUTDOWN_DELAY_SECONDS * 1000,
  shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_SECONDS * 1000,
  docsEnabled: env.DOCS_ENABLED,
}));
export type AppConfig = ReturnType<typeof appConfig.read>;
