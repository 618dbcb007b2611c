import { errors } from 'undici';
import { DomainError } from '../../common/index.js';
import { importErrors } from './fetch-guard.errors.js';

/** The last is what undici says of a second length, and of a length beside chunks. */
const malformed = [
  errors.HTTPParserError,
  errors.HeadersOverflowError,
  errors.ResponseContentLengthMismatchError,
] as const;

/**
 * The failure that an error of the connection stands for, before the head of an answer or within its body.
 * Texts of the network name addresses, so that they stay in the cause.
 */
export function toImportError(thrown: unknown, during: 'head' | 'body'): DomainError {
  if (thrown instanceof DomainError) return thrown;
  const cause = thrown;
  if (thrown instanceof errors.BodyTimeoutError) return importErrors.IMPORT_TIMEOUT(undefined, { cause });
  if (during === 'body') return importErrors.IMPORT_INTERRUPTED(undefined, { cause });
  if (malformed.some((type) => thrown instanceof type)) {
    return importErrors.IMPORT_RESPONSE_INVALID(undefined, { cause });
  }
  return importErrors.IMPORT_UNREACHABLE(undefined, { cause });
}
