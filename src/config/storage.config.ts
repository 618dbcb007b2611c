import { join, resolve } from 'node:path';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUrl, Min } from 'class-validator';
import { Flag, Integer } from './env.js';
import { defineSlice } from './slice.js';

class StorageEnv {
  @IsIn(['local', 's3']) STORAGE_DRIVER: 'local' | 's3' = 'local';
  @IsOptional() @IsString() STORAGE_LOCAL_PATH: string | undefined = undefined;
  @IsString() DATA_DIR = './data';
  @IsOptional() @IsString() S3_BUCKET: string | undefined = undefined;
  @IsString() S3_REGION = 'us-east-1';
  @IsOptional()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true })
  S3_ENDPOINT: string | undefined = undefined;
  @IsOptional()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true })
  S3_PUBLIC_ENDPOINT: string | undefined = undefined;
  @IsOptional() @IsString() S3_ACCESS_KEY_ID: string | undefined = undefined;
  @IsOptional() @IsString() S3_SECRET_ACCESS_KEY: string | undefined = undefined;
  @Flag() @IsBoolean() S3_FORCE_PATH_STYLE = false;
  @Flag() @IsBoolean() S3_REDIRECT_DOWNLOADS = false;
  @Flag() @IsBoolean() S3_PRESIGNED_SEGMENTS = false;
  @Integer() @IsInt() @Min(0) PURGE_GRACE_SECONDS = 3600;
}

export const storageConfig = defineSlice('storage', StorageEnv, (env, report) => {
  if (env.STORAGE_DRIVER === 's3' && !env.S3_BUCKET) {
    report('S3_BUCKET', 'must be set when STORAGE_DRIVER is s3');
  }
  if (env.S3_PRESIGNED_SEGMENTS && env.STORAGE_DRIVER !== 's3') {
    report('S3_PRESIGNED_SEGMENTS', 'needs STORAGE_DRIVER=s3: other drivers have no presigned URLs');
  }
  if (Boolean(env.S3_ACCESS_KEY_ID) !== Boolean(env.S3_SECRET_ACCESS_KEY)) {
    report('S3_ACCESS_KEY_ID', 'must be set together with S3_SECRET_ACCESS_KEY');
  }
  return {
    driver: env.STORAGE_DRIVER,
    localPath: resolve(env.STORAGE_LOCAL_PATH ?? join(env.DATA_DIR, 'objects')),
    s3: {
      bucket: env.S3_BUCKET ?? '',
      region: env.S3_REGION,
      endpoint: env.S3_ENDPOINT ?? null,
      /** Endpoint that presigned URLs name, when clients reach the store by another one than the service. */
      publicEndpoint: env.S3_PUBLIC_ENDPOINT ?? null,
      /** Null: the SDK's default credential chain. */
      credentials:
        env.S3_ACCESS_KEY_ID && env.S3_SECRET_ACCESS_KEY
          ? { accessKeyId: env.S3_ACCESS_KEY_ID, secretAccessKey: env.S3_SECRET_ACCESS_KEY }
          : null,
      forcePathStyle: env.S3_FORCE_PATH_STYLE,
    },
    /** Deliver by redirect to presigned URLs where the driver has them. */
    redirectDownloads: env.S3_REDIRECT_DOWNLOADS,
    /** Playlists lead to presigned URLs of segments. */
    presignSegments: env.S3_PRESIGNED_SEGMENTS,
    /** How long bytes outlive the row that named them. */
    purgeGraceMs: env.PURGE_GRACE_SECONDS * 1000,
  };
});
export type StorageConfig = ReturnType<typeof storageConfig.read>;
