import { HttpException } from '@nestjs/common';
import { commonErrors } from './common.errors.js';
import { DomainError, type ErrorFactory } from './domain-error.js';

const byStatus: Readonly<Record<number, ErrorFactory>> = {
  404: commonErrors.ROUTE_NOT_FOUND,
  408: commonErrors.REQUEST_TIMEOUT,
  413: commonErrors.BODY_TOO_LARGE,
  414: commonErrors.URI_TOO_LONG,
  415: commonErrors.BODY_TYPE_UNSUPPORTED,
  429: commonErrors.RATE_LIMITED,
  431: commonErrors.HEADERS_TOO_LARGE,
  503: commonErrors.SERVICE_UNAVAILABLE,
};

/** Failures of Fastify's body parsers, as in its reference of errors. */
const malformedBody = new Set([
  'FST_ERR_CTP_EMPTY_JSON_BODY',
  'FST_ERR_CTP_INVALID_CONTENT_LENGTH',
  'FST_ERR_CTP_INVALID_JSON_BODY',
]);

/**
 * The public failure that anything thrown stands for. Messages of the framework are not passed on: they
 * repeat URLs and bodies. What is not known is INTERNAL_ERROR.
 */
export function toDomainError(thrown: unknown): DomainError {
  if (thrown instanceof DomainError) return thrown;
  const status = statusOf(thrown);
  const factory = byStatus[status] ?? (status < 500 ? commonErrors.BAD_REQUEST : commonErrors.INTERNAL_ERROR);
  const cause = thrown instanceof HttpException && thrown.cause !== undefined ? thrown.cause : thrown;
  if (status === 400 && malformedBody.has(codeOf(cause))) {
    return commonErrors.BODY_MALFORMED(undefined, { cause });
  }
  return factory(undefined, { cause });
}

/** The status that the framework gave to a failure of the request; 500 for everything else. */
function statusOf(thrown: unknown): number {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const fastify = thrown instanceof Error && thrown.name === 'FastifyError' && 'statusCode' in thrown;
  return fastify && typeof thrown.statusCode === 'number' ? thrown.statusCode : 500;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
