import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { PROBLEM_TYPE } from './problem-document.js';

export class FieldProblemDto {
  @ApiProperty({ example: 'limit' })
  field!: string;

  @ApiProperty({ example: 'limit must not be greater than 100' })
  message!: string;
}

/** A problem document, RFC 9457. */
export class ProblemDto {
  @ApiProperty({ example: 'urn:media-service:problem:MEDIA_NOT_FOUND' })
  type!: string;

  @ApiProperty({ example: 'There is no such media' })
  title!: string;

  @ApiProperty({ type: 'integer', example: 404 })
  status!: number;

  @ApiProperty({ description: 'Stable; listed in docs/errors.md', example: 'MEDIA_NOT_FOUND' })
  code!: string;

  @ApiProperty({ example: 'There is no such media' })
  detail!: string;

  @ApiPropertyOptional({
    description: 'Path of the request',
    example: '/v1/media/01990000-0000-7000-8000-000000000000',
  })
  instance?: string;

  @ApiProperty({
    description: 'Also in the X-Request-Id header and in the log',
    example: '01990000-0000-7000-8000-000000000001',
  })
  requestId!: string;

  @ApiPropertyOptional({ type: [FieldProblemDto], description: 'What is wrong with which field' })
  errors?: FieldProblemDto[];
}

interface Failure {
  description: string;
  /** A code that the status stands for, with its title. */
  example: [code: string, title: string];
}

const failures: Readonly<Record<number, Failure>> = {
  400: {
    description: 'The request is malformed or a parameter is invalid',
    example: ['VALIDATION_FAILED', 'A parameter is invalid'],
  },
  401: { description: 'No valid token was given', example: ['UNAUTHENTICATED', 'A token is needed'] },
  403: {
    description: 'The caller may not do this',
    example: ['INSUFFICIENT_SCOPE', 'The token does not have the scope for this'],
  },
  404: {
    description: 'There is no such thing, or it is hidden from the caller',
    example: ['NOT_FOUND', 'There is no such thing'],
  },
  408: {
    description: 'The request took too long to arrive',
    example: ['REQUEST_TIMEOUT', 'The request took too long to arrive'],
  },
  409: {
    description: 'The state of the resource does not allow this now',
    example: ['MEDIA_NOT_CLEAN', 'The media has not passed the virus scan'],
  },
  410: {
    description: 'It was there, and is gone for good',
    example: ['UPLOAD_GONE', 'The upload was refused and its bytes are gone'],
  },
  412: {
    description: 'The resource has changed since it was read',
    example: ['MEDIA_CHANGED', 'The media has changed since it was read'],
  },
  413: {
    description: 'Too large, or the quota has no room',
    example: ['QUOTA_EXCEEDED', 'The storage quota has no room for this'],
  },
  415: {
    description: 'The type of the file is not accepted, or is not what was declared',
    example: ['CONTENT_TYPE_MISMATCH', 'The declared content type contradicts the content'],
  },
  416: {
    description: 'The range is outside the file',
    example: ['RANGE_NOT_SATISFIABLE', 'The range is outside the file'],
  },
  422: {
    description: 'The content was understood and refused',
    example: ['IMAGE_CORRUPT', 'The image is damaged'],
  },
  423: {
    description: 'Another request is writing to it and did not let go: try again later',
    example: ['UPLOAD_LOCKED', 'Another request is writing to this upload'],
  },
  426: {
    description: 'This is for WebSocket clients: ask for the upgrade',
    example: ['UPGRADE_REQUIRED', 'Events come over WebSocket here'],
  },
  429: { description: 'Too many requests', example: ['RATE_LIMITED', 'Too many requests'] },
  460: {
    description: 'The bytes do not have the checksum that was given',
    example: ['TUS_CHECKSUM_MISMATCH', 'The bytes do not have the checksum that was given'],
  },
  503: {
    description: 'A part of the service does not answer, or is full: try again later',
    example: ['SERVICE_UNAVAILABLE', 'The service can not answer now'],
  },
  507: { description: 'The storage is full', example: ['STORAGE_FULL', 'The object store is full'] },
};

/**
 * Documents the failures of an operation as problem documents.
 * @throws Error at import for a status that is not described here
 */
export function ApiProblems(...statuses: number[]): MethodDecorator & ClassDecorator {
  return applyDecorators(ApiExtraModels(ProblemDto), ...statuses.map(problemResponse));
}

function problemResponse(status: number): MethodDecorator & ClassDecorator {
  const failure = failures[status];
  if (!failure) throw new Error(`no description of the status ${status}`);
  const [code, title] = failure.example;
  const example = {
    type: `urn:media-service:problem:${code}`,
    title,
    status,
    code,
    detail: title,
    instance: '/v1/media',
    requestId: '01990000-0000-7000-8000-000000000001',
  };
  return ApiResponse({
    status,
    description: failure.description,
    content: { [PROBLEM_TYPE]: { schema: { $ref: getSchemaPath(ProblemDto) }, example } },
  });
}
