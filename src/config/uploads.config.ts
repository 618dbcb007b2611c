import { IsInt, IsString, Max, Min } from 'class-validator';
import { Integer, List } from './env.js';
import { defineSlice } from './slice.js';

class UploadsEnv {
  @Integer() @IsInt() @Min(1) MAX_UPLOAD_BYTES = 5 * 1024 ** 3;
  @List() @IsString({ each: true }) ALLOWED_TYPES: string[] = [
    'image/*',
    'video/*',
    'audio/*',
    'application/pdf',
  ];
  @Integer() @IsInt() @Min(1) @Max(1000) BATCH_MAX_FILES = 100;
  @Integer() @IsInt() @Min(1) UPLOAD_IDLE_TIMEOUT_SECONDS = 60;
  @Integer() @IsInt() @Min(0) UPLOAD_MIN_BYTES_PER_SECOND = 1024;
  @Integer() @IsInt() @Min(300) UPLOAD_SESSION_TTL_SECONDS = 24 * 3600;
  @Integer() @IsInt() @Min(1) MAX_OPEN_UPLOADS_PER_USER = 1000;
  @Integer() @IsInt() @Min(1) MAX_CONCURRENT_UPLOADS = 500;
  @Integer() @IsInt() @Min(0) QUOTA_USER_DEFAULT_BYTES = 10 * 1024 ** 3;
  @Integer() @IsInt() @Min(0) QUOTA_ORG_DEFAULT_BYTES = 100 * 1024 ** 3;
  @Integer() @IsInt() @Min(60) RESERVATION_TTL_SECONDS = 3600;
  @Integer() @IsInt() @Min(1) TRASH_RETENTION_DAYS = 30;
}

export const uploadsConfig = defineSlice('uploads', UploadsEnv, (env) => ({
  maxUploadBytes: env.MAX_UPLOAD_BYTES,
  /** Media types, or `kind/*`. */
  allowedTypes: env.ALLOWED_TYPES,
  batchMaxFiles: env.BATCH_MAX_FILES,
  /** An upload that brings no byte for this long is ended. */
  idleTimeoutMs: env.UPLOAD_IDLE_TIMEOUT_SECONDS * 1000,
  /** An upload that is slower for half a minute is ended; 0 allows any. */
  minBytesPerSecond: env.UPLOAD_MIN_BYTES_PER_SECOND,
  /** A session (tus, multipart, import) to which nothing happens for this long is given up. */
  sessionTtlMs: env.UPLOAD_SESSION_TTL_SECONDS * 1000,
  maxOpenUploadsPerUser: env.MAX_OPEN_UPLOADS_PER_USER,
  maxConcurrentUploads: env.MAX_CONCURRENT_UPLOADS,
  /** Bytes an owner may store when no limit of its own is set. */
  userDefaultBytes: env.QUOTA_USER_DEFAULT_BYTES,
  orgDefaultBytes: env.QUOTA_ORG_DEFAULT_BYTES,
  /** A reservation that is neither committed nor extended for this long is released, its bytes deleted. */
  reservationTtlMs: env.RESERVATION_TTL_SECONDS * 1000,
  trashRetentionDays: env.TRASH_RETENTION_DAYS,
}));
export type UploadsConfig = ReturnType<typeof uploadsConfig.read>;
