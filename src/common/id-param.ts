import { Param, ParseUUIDPipe, type PipeTransform } from '@nestjs/common';
import { commonErrors } from './common.errors.js';

/** One id, one spelling: storage keys and cache entries are named after it. */
const lowerCase: PipeTransform<string, string> = { transform: (id) => id.toLowerCase() };

/** The `id` of the path in lower case; anything but a UUID names nothing that exists. @throws NOT_FOUND */
export function IdParam(): ParameterDecorator {
  return Param('id', new ParseUUIDPipe({ exceptionFactory: () => commonErrors.NOT_FOUND() }), lowerCase);
}
