import { isNativeError } from 'node:util/types';
import { storageErrors, storageUnavailable } from '../storage.errors.js';

/** True when the path names nothing, or leads through something that is not a directory. */
export function isAbsent(error: unknown): boolean {
  return hasCode(error, 'ENOENT', 'ENOTDIR');
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return isSystemError(error) && codes.includes(error.code);
}

/** What a failure of the file system means to the service; anything else is returned as it is. */
export function localFailure(error: unknown): unknown {
  if (!isSystemError(error)) return error;
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return storageErrors.STORAGE_FULL(undefined, { cause: error });
    case 'EISDIR':
    case 'ENOTDIR':
    case 'EEXIST':
    case 'ENOTEMPTY':
      return storageErrors.INVALID_STORAGE_KEY('The key and another one are file and directory', {
        cause: error,
      });
    default:
      return storageUnavailable(error);
  }
}

export async function translated<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw localFailure(error);
  }
}

function isSystemError(error: unknown): error is Error & { code: string } {
  return isNativeError(error) && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
