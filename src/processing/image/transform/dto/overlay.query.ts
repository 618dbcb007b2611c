import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, IsString, IsUUID, MaxLength, ValidateBy } from 'class-validator';
import { type Gravity, gravities, maxTextLength, transformRanges } from '../transform-params.js';
import { Choice, Colour, Flag, Quantity } from './parameter.js';

const [, maxRadius] = transformRanges.radius;

/** What is drawn over the picture. */
export class OverlayQuery {
  @ApiPropertyOptional({
    oneOf: [
      { type: 'number', minimum: 0, maximum: maxRadius },
      { type: 'string', enum: ['max'] },
    ],
    description: 'Rounds the corners: radius in CSS pixels, or `max` for a circle of a square.',
    example: 'max',
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && value !== 'max' && value !== '' ? Number(value) : value,
  )
  @ValidateBy({
    name: 'isRadius',
    validator: {
      validate: (value: unknown) =>
        value === 'max' || (typeof value === 'number' && value >= 0 && value <= maxRadius),
      defaultMessage: () => `radius must be max or a number from 0 to ${maxRadius}`,
    },
  })
  radius?: number | 'max';

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'Id of the image to draw: it must be of the same owner, ready and clean.',
    example: '01980000-0000-7000-8000-000000000000',
  })
  @IsOptional()
  @IsUUID()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value))
  watermark?: string;

  @Choice(gravities, { description: 'Where the watermark is.', default: 'southeast', example: 'southeast' })
  watermarkPosition?: Gravity;

  @Quantity('watermarkOpacity', { description: 'How opaque the watermark is.', default: 1, example: 0.5 })
  watermarkOpacity?: number;

  @Quantity('watermarkScale', {
    description: 'The box that the watermark fits into, in fractions of width and height of the result.',
    default: 0.25,
    example: 0.25,
  })
  watermarkScale?: number;

  @Flag({ description: 'Repeats the watermark all over the picture.', default: false })
  watermarkTile?: boolean;

  @ApiPropertyOptional({
    maxLength: maxTextLength,
    description: 'Text to draw, as it is: no markup. Wrapped at the width of the picture.',
    example: '© Alice',
  })
  @IsOptional()
  @IsString()
  @MaxLength(maxTextLength)
  text?: string;

  @Quantity('textSize', { integer: true, description: 'Size in CSS pixels.', default: 32, example: 32 })
  textSize?: number;

  @Colour({ description: 'Colour of the text, `rgb` or `rrggbb`.', default: 'ffffff', example: 'ffffff' })
  textColor?: string;

  @Choice(gravities, { description: 'Where the text is.', default: 'south', example: 'south' })
  textPosition?: Gravity;
}
