import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';

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

  @ApiProperty({ example: 404 })
  status!: number;

  @ApiProperty({ description: 'Stable; listed in docs/errors.md', example: 'MEDIA_NOT_FOUND' })
  code!: string;

  @ApiPropertyOptional({ example: 'There is no such media' })
  detail?: string;

  @ApiPropertyOptional({ example: '/v1/media/01990000-0000-7000-8000-000000000000' })
  instance?: string;

  @ApiProperty({ example: '01990000-0000-7000-8000-000000000001' })
  requestId!: string;

  @ApiPropertyOptional({ type: [FieldProblemDto], description: 'What is wrong with which field' })
  errors?: FieldProblemDto[];
}

const descriptions: Record<number, string> = {
  304: 'Not modified',
  400: 'The request is malformed or a parameter is invalid',
  401: 'No valid token was given',
  403: 'The token does not allow this',
  404: 'There is no such thing, or it is hidden from the caller',
  409: 'The state of the resource does not allow this now',
  412: 'The resource has changed since it was read',
  413: 'Too large, or the quota has no room',
  415: 'The type of the file is not accepted, or is not what was declared',
  416: 'The range is outside the file',
  422: 'The content was understood and refused',
  429: 'Too many requests',
  503: 'A part of the service does not answer, or is full: try again later',
  507: 'The storage is full',
};

/** Documents the failures of an operation as problem documents. */
export function ApiProblems(...statuses: number[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    ...statuses.map((status) =>
      ApiResponse({
        status,
        description: descriptions[status] ?? 'Failure',
        content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDto) } } },
      }),
    ),
  );
}
