import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, Matches, Max, Min } from 'class-validator';
import { hexColour } from '../canonical/colour.js';
import { transformRanges } from '../transform-params.js';

interface Documented {
  description: string;
  example?: unknown;
  default?: unknown;
}

/** A number within the range of its name; a query has it as text. */
export function Quantity(
  name: keyof typeof transformRanges,
  { integer = false, ...documented }: Documented & { integer?: boolean },
): PropertyDecorator {
  const [minimum, maximum] = transformRanges[name];
  return applyDecorators(
    ApiPropertyOptional({ type: integer ? 'integer' : 'number', minimum, maximum, ...documented }),
    IsOptional(),
    Type(() => Number),
    integer ? IsInt() : IsNumber({ allowNaN: false, allowInfinity: false }),
    Min(minimum),
    Max(maximum),
  );
}

/** One of some words. */
export function Choice(words: readonly string[], documented: Documented): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ enum: [...words], ...documented }),
    IsOptional(),
    IsIn([...words]),
  );
}

/** `?grayscale=true`, `=1` or bare. The example is what changes something. */
export function Flag(documented: Documented & { default: boolean }): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: 'boolean', example: !documented.default, ...documented }),
    IsOptional(),
    // Reads the raw value: implicit conversion makes true of 'false'.
    Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => readFlag(obj[key])),
    IsBoolean(),
  );
}

/** `rgb` or `rrggbb`, hexadecimal. */
export function Colour(documented: Documented): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: 'string', pattern: hexColour.source, ...documented }),
    IsOptional(),
    Matches(hexColour, { message: ({ property }) => `${property} must be rgb or rrggbb, hexadecimal` }),
  );
}

function readFlag(value: unknown): unknown {
  if (value === 'true' || value === '1' || value === '') return true;
  return value === 'false' || value === '0' ? false : value;
}
