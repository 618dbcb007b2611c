import { type ValidationError, ValidationPipe } from '@nestjs/common';
import { commonErrors } from './common.errors.js';
import type { FieldError } from './domain-error.js';

/** A hostile body can be wrong in a hundred thousand places; no answer lists them all. */
const MAX_FIELD_ERRORS = 50;
const MAX_FIELD_LENGTH = 200;

/** Checks DTOs: unknown properties are refused, and every wrong field is named in VALIDATION_FAILED. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) =>
      commonErrors.VALIDATION_FAILED(undefined, {
        errors: errors.flatMap((error) => fieldErrors(error, '')).slice(0, MAX_FIELD_ERRORS),
      }),
  });
}

function fieldErrors(error: ValidationError, parent: string): FieldError[] {
  const field = `${parent}${error.property}`.slice(0, MAX_FIELD_LENGTH);
  const own = Object.values(error.constraints ?? {}).map((message) => ({
    field,
    message: message.slice(0, 2 * MAX_FIELD_LENGTH),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, `${field}.`))];
}
