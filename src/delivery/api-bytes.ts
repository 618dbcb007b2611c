import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiProduces, ApiResponse } from '@nestjs/swagger';

const bytes = { schema: { type: 'string', format: 'binary' } };

/** Documents an answer of bytes: whole, in part, or known already. */
export function ApiBytes(contentType = 'application/octet-stream'): MethodDecorator {
  const headers = {
    ETag: { description: 'Strong', schema: { type: 'string' } },
    'Last-Modified': { schema: { type: 'string' } },
    'Cache-Control': { schema: { type: 'string' } },
    'Accept-Ranges': { schema: { type: 'string', enum: ['bytes'] } },
  };
  return applyDecorators(
    ApiHeader({
      name: 'Range',
      required: false,
      description: 'One range of bytes, RFC 9110 section 14',
      example: 'bytes=0-1023',
    }),
    ApiHeader({
      name: 'If-Range',
      required: false,
      description: 'The range only if this entity tag or date still holds, else all bytes',
    }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'Entity tags that the client has the bytes of',
    }),
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
    ApiResponse({ status: 304, description: 'The client has the bytes' }),
  );
}
