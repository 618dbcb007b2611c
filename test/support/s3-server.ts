import { randomUUID } from 'node:crypto';
import { isNativeError } from 'node:util/types';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';
import type { StorageConfig } from '../../src/config/index.js';

// Jest's realm has another Error than Node: without this the SDK takes a connection that was reset for an unknown
// failure, and does not try again as it does outside of Jest.
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: typeof Error, value: unknown): boolean {
    return (
      (this === Error && isNativeError(value)) || Function.prototype[Symbol.hasInstance].call(this, value)
    );
  },
});

export interface S3Server {
  config: StorageConfig['s3'];
  stop(): Promise<void>;
}

/** True when TEST_S3_ENDPOINT names a real server. */
export const hasRealS3 = Boolean(process.env.TEST_S3_ENDPOINT);

/**
 * An S3 server with an empty bucket of its own: the one at TEST_S3_ENDPOINT (with TEST_S3_ACCESS_KEY_ID and
 * TEST_S3_SECRET_ACCESS_KEY; TEST_S3_BUCKET is what the name of the bucket begins with), else an emulator in
 * this process, which has neither ListParts nor ListMultipartUploads and checks no signatures.
 */
export async function startS3Server({ emulated = false } = {}): Promise<S3Server> {
  const {
    TEST_S3_ENDPOINT,
    TEST_S3_BUCKET,
    TEST_S3_ACCESS_KEY_ID,
    TEST_S3_SECRET_ACCESS_KEY,
  }: NodeJS.ProcessEnv = emulated ? {} : process.env;
  const emulator = TEST_S3_ENDPOINT ? null : await startFauxqs({ port: 0, logger: false });
  const config = {
    bucket: `${(TEST_S3_BUCKET ?? 'media-test').slice(0, 26)}-${randomUUID()}`,
    region: 'us-east-1',
    endpoint: TEST_S3_ENDPOINT ?? `http://127.0.0.1:${emulator?.port}`,
    publicEndpoint: null,
    credentials: {
      accessKeyId: TEST_S3_ACCESS_KEY_ID ?? 'test',
      secretAccessKey: TEST_S3_SECRET_ACCESS_KEY ?? 'test-secret',
    },
    forcePathStyle: true,
  };
  const client = new S3Client(config);
  await client.send(new CreateBucketCommand({ Bucket: config.bucket }));
  return {
    config,
    stop: async () => {
      if (!emulator) await deleteBucket(client, config.bucket);
      client.destroy();
      await emulator?.stop();
    },
  };
}

/** What the service needs to know to store there. */
export function s3Environment({ config }: S3Server): Record<string, string> {
  return {
    STORAGE_DRIVER: 's3',
    S3_BUCKET: config.bucket,
    S3_ENDPOINT: config.endpoint ?? '',
    S3_ACCESS_KEY_ID: config.credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: config.credentials?.secretAccessKey ?? '',
    S3_FORCE_PATH_STYLE: 'true',
  };
}

async function deleteBucket(client: S3Client, Bucket: string): Promise<void> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
    await Promise.all(Contents.map(({ Key }) => client.send(new DeleteObjectCommand({ Bucket, Key }))));
  }
  await client.send(new DeleteBucketCommand({ Bucket }));
}
