import { IsBoolean, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { Flag, Integer } from './env.js';
import { defineSlice } from './slice.js';

class DatabaseEnv {
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'must be a postgresql:// URL' })
  DATABASE_URL: string | undefined = undefined;
  @Integer() @IsInt() @Min(2) @Max(200) DATABASE_POOL_SIZE = 10;
  @Flag() @IsBoolean() MIGRATE_ON_START = true;
  @IsOptional()
  @Matches(/^rediss?:\/\//, { message: 'must be a redis:// or rediss:// URL' })
  REDIS_URL: string | undefined = undefined;
  @Integer() @IsInt() @Min(1) CACHE_TTL_SECONDS = 30;
}

export const databaseConfig = defineSlice('database', DatabaseEnv, (env) => ({
  /** Null: an embedded PostgreSQL under DATA_DIR. */
  url: env.DATABASE_URL ?? null,
  poolSize: env.DATABASE_POOL_SIZE,
  migrateOnStart: env.MIGRATE_ON_START,
  /** Null: queues on PostgreSQL, cache and rate limits in process. */
  redisUrl: env.REDIS_URL ?? null,
  cacheTtlMs: env.CACHE_TTL_SECONDS * 1000,
}));
export type DatabaseConfig = ReturnType<typeof databaseConfig.read>;
