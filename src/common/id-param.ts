import { Param, ParseUUIDPipe } from '@nestjs/common';
import { commonErrors } from './common.errors.js';

/** The `id` of the path; anything but a UUID names nothing that exists. @throws NOT_FOUND */
export function IdParam(): ParameterDecorator {
  return Param('id', new ParseUUIDPipe({ exceptionFactory: () => commonErrors.NOT_FOUND() }));
}
