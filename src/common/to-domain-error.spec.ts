import { HttpException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { commonErrors } from './common.errors.js';
import { problemDocument } from './problem-document.js';
import { toDomainError } from './to-domain-error.js';

const fastifyError = (code: string, statusCode: number) =>
  Object.assign(new Error('internal words'), { name: 'FastifyError', code, statusCode });
const mapped = (code: string, status: number) =>
  new HttpException('internal words', status, { cause: fastifyError(code, status) });

describe('toDomainError', () => {
  it.each([
    ['an unknown route', new NotFoundException('Cannot GET /v1/x?token=abc'), 'ROUTE_NOT_FOUND', 404],
    ['malformed JSON', mapped('FST_ERR_CTP_INVALID_JSON_BODY', 400), 'BODY_MALFORMED', 400],
    ['a body over the limit', mapped('FST_ERR_CTP_BODY_TOO_LARGE', 413), 'BODY_TOO_LARGE', 413],
    ['a foreign content type', mapped('FST_ERR_CTP_INVALID_MEDIA_TYPE', 415), 'BODY_TYPE_UNSUPPORTED', 415],
    ['an error of Fastify itself', fastifyError('FST_ERR_MAX_PARAM_LENGTH', 414), 'URI_TOO_LONG', 414],
    ['a URL that does not decode', fastifyError('FST_ERR_BAD_URL', 400), 'BAD_REQUEST', 400],
    ['a fault of Fastify', fastifyError('FST_ERR_REP_INVALID_PAYLOAD_TYPE', 500), 'INTERNAL_ERROR', 500],
    ['any other error', new Error('internal words'), 'INTERNAL_ERROR', 500],
    [
      'an error that names a status of its own',
      Object.assign(new Error('x'), { statusCode: 404 }),
      'INTERNAL_ERROR',
      500,
    ],
    ['what is no error at all', 'internal words', 'INTERNAL_ERROR', 500],
  ])('maps %s', (_, thrown, code, status) => {
    const error = toDomainError(thrown);
    expect(error).toMatchObject({ code, status });
    expect(JSON.stringify(problemDocument(error, { id: 'r' }))).not.toMatch(/internal words|token=/);
  });

  it('keeps a domain error, with the fields it names', () => {
    const error = commonErrors.VALIDATION_FAILED(undefined, {
      errors: [{ field: 'limit', message: 'too big' }],
    });
    expect(toDomainError(error)).toBe(error);
    expect(problemDocument(error, { id: 'r', path: '/v1/media' })).toEqual({
      type: 'urn:media-service:problem:VALIDATION_FAILED',
      title: 'A parameter is invalid',
      status: 400,
      code: 'VALIDATION_FAILED',
      detail: 'A parameter is invalid',
      instance: '/v1/media',
      requestId: 'r',
      errors: [{ field: 'limit', message: 'too big' }],
    });
  });
});
