import { applyDecorators } from '@nestjs/common';
import { ApiProduces, ApiResponse } from '@nestjs/swagger';

const bytes = { schema: { type: 'string', format: 'binary' } };

/** Documents an answer of bytes: whole, in part, or known already. */
export function ApiBytes(contentType = 'application/octet-stream'): MethodDecorator {
  const headers = {
    ETag: { schema: { type: 'string' } },
    'Accept-Ranges': { schema: { type: 'string', example: 'bytes' } },
  };
  return applyDecorators(
    ApiProduces(contentType, 'application/problem+json'),
    ApiResponse({ status: 200, description: 'All bytes', headers, content: { [contentType]: bytes } }),
    ApiResponse({
      status: 206,
      description: 'The bytes of the range',
      headers: {
        ...headers,
        'Content-Range': { schema: { type: 'string', example: 'bytes 0-1023/146515' } },
      },
      content: { [contentType]: bytes },
    }),
    ApiResponse({ status: 304, description: 'Not modified' }),
  );
}
