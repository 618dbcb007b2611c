import { randomUUID } from 'node:crypto';
import { BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';
import type { StorageConfig } from '../../src/config/index.js';

export interface S3Server {
  config: StorageConfig['s3'];
  /** False: the emulator, which has no ListParts, no ListMultipartUploads and checks no signatures. */
  real: boolean;
  stop(): Promise<void>;
}

/** True when TEST_S3_ENDPOINT names a real server. */
export const hasRealS3 = Boolean(process.env.TEST_S3_ENDPOINT);

/**
 * An S3 server with a bucket: the one at TEST_S3_ENDPOINT (with TEST_S3_ACCESS_KEY_ID,
 * TEST_S3_SECRET_ACCESS_KEY, and TEST_S3_BUCKET unless each call is to make a bucket of its own), else an
 * emulator in this process.
 */
export async function startS3Server(): Promise<S3Server> {
  const { TEST_S3_ENDPOINT, TEST_S3_BUCKET, TEST_S3_ACCESS_KEY_ID, TEST_S3_SECRET_ACCESS_KEY } = process.env;
  const emulator = TEST_S3_ENDPOINT ? null : await startFauxqs({ port: 0, logger: false });
  const config: StorageConfig['s3'] = {
    bucket: TEST_S3_BUCKET ?? `media-test-${randomUUID()}`,
    region: 'us-east-1',
    endpoint: TEST_S3_ENDPOINT ?? `http://127.0.0.1:${emulator?.port}`,
    publicEndpoint: null,
    credentials: {
      accessKeyId: TEST_S3_ACCESS_KEY_ID ?? 'test',
      secretAccessKey: TEST_S3_SECRET_ACCESS_KEY ?? 'test-secret',
    },
    forcePathStyle: true,
  };
  await createBucket(config);
  return { config, real: emulator === null, stop: async () => emulator?.stop() };
}

async function createBucket({ bucket, region, endpoint, credentials }: StorageConfig['s3']): Promise<void> {
  const client = new S3Client({
    region,
    forcePathStyle: true,
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  } finally {
    client.destroy();
  }
}
