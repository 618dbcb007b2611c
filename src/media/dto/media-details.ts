import { applyDecorators } from '@nestjs/common';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsString,
  Length,
  Matches,
  registerDecorator,
} from 'class-validator';

const MAX_CUSTOM_METADATA_BYTES = 16 * 1024;

/** Validates the tags of a media: at most 100 different ones, of at most 100 characters. */
export function IsTags(): PropertyDecorator {
  return applyDecorators(
    Matches(/^\P{Cc}*$/u, { each: true, message: 'tags must not contain control characters' }),
    Length(1, 100, { each: true }),
    IsString({ each: true }),
    ArrayUnique(),
    ArrayMaxSize(100),
    IsArray(),
  );
}

/** Validates a client's own metadata: a flat JSON object of at most 16 KB. */
export function IsCustomMetadata(): PropertyDecorator {
  return (target, propertyName) => {
    registerDecorator({
      name: 'isCustomMetadata',
      target: target.constructor,
      propertyName: String(propertyName),
      options: { message: 'customMetadata must be a flat JSON object of at most 16 KB' },
      validator: { validate: isCustomMetadata },
    });
  };
}

/** Whether a value is a flat object of strings, numbers, booleans and nulls within the size limit. */
export function isCustomMetadata(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const flat = Object.values(value).every(
    (item) => item === null || ['string', 'number', 'boolean'].includes(typeof item),
  );
  return flat && isStorable(value) && Buffer.byteLength(JSON.stringify(value)) <= MAX_CUSTOM_METADATA_BYTES;
}

/** PostgreSQL's jsonb can hold neither U+0000 nor half a surrogate pair. */
function isStorable(value: object): boolean {
  return Object.entries(value)
    .flat()
    .every((text) => typeof text !== 'string' || (text.isWellFormed() && !text.includes('\0')));
}
