import { isNativeError } from 'node:util/types';
import { S3ServiceException } from '@aws-sdk/client-s3';
import { storageErrors, storageUnavailable } from '../storage.errors.js';

const connectionFailures = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Names that S3 servers give to a full store: AWS has none, MinIO and Ceph do. */
const fullNames = new Set(['QuotaExceeded', 'XMinioStorageFull', 'XMinioAdminBucketQuotaExceeded']);

/** What a failure of the SDK means to the service; anything else is returned as it is. */
export function s3Failure(error: unknown): unknown {
  if (!isNativeError(error)) return error;
  const status = error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0;
  if (isObjectMissing(error)) return storageErrors.OBJECT_NOT_FOUND(undefined, { cause: error });
  if (error.name === 'NoSuchUpload') return storageErrors.OBJECT_DISCARDED(undefined, { cause: error });
  if (error.name === 'InvalidPart') return storageErrors.PIECE_REPLACED(undefined, { cause: error });
  if (error.name === 'InvalidRange') return storageErrors.OBJECT_RANGE_INVALID(undefined, { cause: error });
  if (status === 507 || fullNames.has(error.name)) {
    return storageErrors.STORAGE_FULL(undefined, { cause: error });
  }
  if (status >= 500 || status === 429 || error.name === 'TimeoutError' || isConnectionFailure(error)) {
    return storageUnavailable(error);
  }
  return error;
}

/** True for a missing object; a missing bucket is another thing. HEAD has no body that says which. */
export function isObjectMissing(error: unknown): boolean {
  return isNativeError(error) && (error.name === 'NoSuchKey' || error.name === 'NotFound');
}

export async function translated<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw s3Failure(error);
  }
}

function isConnectionFailure(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && connectionFailures.has(error.code);
}
