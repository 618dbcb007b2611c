import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { StorageConfig } from '../../config/index.js';

/** Numbers of the S3 driver that tests make small. */
export interface S3Tuning {
  connectionTimeoutMs: number;
  /** Longest silence of a connection: of the server, or of whoever reads from a get. */
  idleTimeoutMs: number;
  /** Longest time until an answer begins, with the wait for a connection and the sending of a part. */
  responseTimeoutMs: number;
  /** With exponential backoff and full jitter between them. */
  maxAttempts: number;
  maxConnections: number;
  /**
   * Size of the parts of a put, at least 5 MiB. A put has at most 10,000 of them and holds at most
   * `partsAtOnce` + 2 in memory.
   */
  partSizeBytes: number;
  partsAtOnce: number;
  /** S3's limit, for all parts but the last. */
  minPartBytes: number;
  /** Larger objects are copied in parts of half this size. S3 copies at most 5 GiB at once. */
  singleCopyLimitBytes: number;
}

const MEBIBYTE = 1024 ** 2;
/** S3's limit, of parts as well as of their numbers. */
export const MAX_PARTS = 10_000;
const MIN_PART_BYTES = 5 * MEBIBYTE;

/** The SDK's own writes to the console. */
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export const defaultS3Tuning: S3Tuning = {
  connectionTimeoutMs: 5_000,
  idleTimeoutMs: 60_000,
  responseTimeoutMs: 300_000,
  maxAttempts: 5,
  // The SDK's 50 would let as many slow downloads keep everything else waiting.
  maxConnections: 1024,
  partSizeBytes: MIN_PART_BYTES,
  partsAtOnce: 4,
  minPartBytes: MIN_PART_BYTES,
  // Far below S3's limit: servers that move the bytes for real must answer within the idle timeout.
  singleCopyLimitBytes: 512 * MEBIBYTE,
};

/** The smallest part size, in whole mebibytes, with which an object of this size fits into 10,000 parts. */
export function partSizeFor(maxObjectBytes: number): number {
  const needed = Math.ceil(maxObjectBytes / MAX_PARTS / MEBIBYTE) * MEBIBYTE;
  return Math.max(MIN_PART_BYTES, needed);
}

/** The client of the service, and the one that signs URLs for whoever reaches the store by its public endpoint. */
export function createS3Clients(
  config: StorageConfig['s3'],
  tuning: S3Tuning,
): { client: S3Client; presigner: S3Client } {
  const client = createS3Client(config, config.endpoint, tuning);
  const presigner = config.publicEndpoint ? createS3Client(config, config.publicEndpoint, tuning) : client;
  return { client, presigner };
}

/** A client for the configured store, reached by the given endpoint (null: AWS). */
function createS3Client(config: StorageConfig['s3'], endpoint: string | null, tuning: S3Tuning): S3Client {
  return new S3Client({
    region: config.region,
    forcePathStyle: config.forcePathStyle,
    ...(endpoint !== null && { endpoint }),
    // A copy: the SDK writes into it, and the configuration is frozen.
    ...(config.credentials && { credentials: { ...config.credentials } }),
    maxAttempts: tuning.maxAttempts,
    logger: quiet,
    retryMode: 'standard',
    // The SDK's default adds CRC32 trailers, which other servers than AWS often refuse, and puts the
    // checksum of an empty body into presigned PUTs.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: new NodeHttpHandler({
      connectionTimeout: tuning.connectionTimeoutMs,
      socketTimeout: tuning.idleTimeoutMs,
      requestTimeout: tuning.responseTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: tuning.maxConnections },
      httpsAgent: { keepAlive: true, maxSockets: tuning.maxConnections },
    }),
  });
}
