import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsIn, IsNumber, IsOptional, Max, Min, ValidateBy } from 'class-validator';
import { isCrop } from '../geometry/crop-box.js';
import { isPosition } from '../geometry/position.js';
import {
  type TransformFit,
  transformFits,
  transformRanges,
  type TransformRotation,
  transformRotations,
} from '../transform-params.js';
import { Choice, Flag, Quantity } from './parameter.js';

const text = (name: string, accepts: (value: string) => boolean, message: string): PropertyDecorator =>
  ValidateBy({
    name,
    validator: {
      validate: (value: unknown) => typeof value === 'string' && accepts(value),
      defaultMessage: () => message,
    },
  });

/** Which part of a picture is shown, how large, and which way up. */
export class GeometryQuery {
  @Quantity('width', {
    integer: true,
    description: 'Width in pixels, before `dpr`. Enlarges only with `enlarge`.',
    example: 640,
  })
  width?: number;

  @Quantity('height', {
    integer: true,
    description: 'Height in pixels, before `dpr`. Enlarges only with `enlarge`.',
    example: 480,
  })
  height?: number;

  @Choice(transformFits, {
    description:
      'How the picture meets width and height when both are given: `cover` crops, `contain` pads and keeps ' +
      'the aspect of the box, `pad` pads to exactly the box, `inside` and `outside` keep the whole picture, ' +
      '`fill` distorts.',
    default: 'cover',
    example: 'cover',
  })
  fit?: TransformFit;

  @ApiPropertyOptional({
    description:
      'Which part `cover` keeps, or where padding leaves the picture: `centre`, `north` … `northwest`; ' +
      '`attention` (colour and skin), `entropy` (detail), `face` (what was found, else `attention`); or a ' +
      'focal point `x,y` in fractions.',
    default: 'centre',
    example: '0.5,0.33',
  })
  @IsOptional()
  @text('isPosition', isPosition, 'position must be a named position or x,y in fractions from 0 to 1')
  position?: string;

  @Quantity('dpr', { description: 'Device pixels per CSS pixel.', default: 1, example: 2 })
  dpr?: number;

  @Flag({ description: 'Lets the result be larger than the original.', default: false })
  enlarge?: boolean;

  @ApiPropertyOptional({
    description:
      '`left,top,width,height` of what is kept, before resizing. A whole number is pixels; one with a ' +
      'decimal point is a fraction of its side (`1.0` is all of it).',
    example: '0.25,0.0,0.5,1.0',
  })
  @IsOptional()
  @text('isCrop', isCrop, 'crop must be left,top,width,height in pixels or fractions, and not empty')
  crop?: string;

  @ApiPropertyOptional({
    type: 'number',
    minimum: transformRanges.trim[0],
    maximum: transformRanges.trim[1],
    description: 'Cuts off margins whose colour is no further than this from the top left pixel. Bare: 10.',
    example: 10,
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === '' || value === 'true' ? 10 : value))
  @Type(() => Number)
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(transformRanges.trim[0])
  @Max(transformRanges.trim[1])
  trim?: number;

  @ApiPropertyOptional({
    description: 'Degrees clockwise, after the EXIF orientation and before all else.',
    type: 'integer',
    enum: transformRotations,
    default: 0,
    example: 90,
  })
  @IsOptional()
  @Type(() => Number)
  @IsIn(transformRotations)
  rotate?: TransformRotation;

  @Flag({ description: 'Mirrors top to bottom, after `rotate`.', default: false })
  flip?: boolean;

  @Flag({ description: 'Mirrors left to right, after `rotate`.', default: false })
  flop?: boolean;

  @Quantity('page', {
    integer: true,
    description:
      'Page of a TIFF or frame of an animation, from 0. The result is still unless `frames` is given.',
    example: 0,
  })
  page?: number;

  @Quantity('frames', {
    integer: true,
    description: 'How many frames of an animation to keep, at most; WebP and GIF only.',
    default: 256,
    example: 24,
  })
  frames?: number;
}
