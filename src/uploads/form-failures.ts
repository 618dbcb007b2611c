import { DomainError } from '../common/index.js';
import { uploadErrors } from './uploads.errors.js';

/** What a file came to, a refusal being a result of its own. */
export async function outcomeOf<T>(reading: () => Promise<T>): Promise<T | DomainError> {
  try {
    return await reading();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

/** Failures after which the rest of the body will not come. */
export function isFatal({ code }: DomainError): boolean {
  return code === 'UPLOAD_INTERRUPTED' || code === 'UPLOAD_IDLE';
}

/** The parser's own failures are the client's: a body that is not what it says, or that broke off. */
export function asFormError(error: unknown): unknown {
  if (error instanceof DomainError || !(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  if (code === 'FST_MP_PREMATURE_CLOSE' || code === 'ECONNRESET')
    return uploadErrors.UPLOAD_INTERRUPTED(undefined, { cause: error });
  const fromParser = typeof code === 'string' && code.startsWith('FST_');
  const malformed = /multipart|boundary|part terminated|malformed/i.test(error.message);
  return fromParser || malformed ? uploadErrors.UPLOAD_MALFORMED(undefined, { cause: error }) : error;
}
