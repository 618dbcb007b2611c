import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, Matches, Max, Min, ValidateIf } from 'class-validator';
import {
  outputFormats,
  type OutputFormat,
  type TransformFit,
  transformFits,
  type TransformParams,
  type TransformPosition,
  transformPositions,
  type TransformRotation,
  transformRotations,
} from './transform-params.js';

const maxRequestedSide = 16_383;
const formats = ['auto', ...outputFormats] as const;

/** `?grayscale=true`, `=1` or bare. Reads the raw value: implicit conversion makes true of 'false'. */
const BooleanFlag = (): PropertyDecorator =>
  Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => {
    const value = obj[key];
    if (value === 'true' || value === '1' || value === '') return true;
    return value === 'false' || value === '0' ? false : value;
  });

/** Everything the image engine can do, for `GET /v1/media/{id}/image`. */
export class ImageQuery implements TransformParams {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: maxRequestedSide,
    description: 'Width in pixels, before `dpr`. Never enlarges.',
    example: 640,
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(maxRequestedSide)
  width?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: maxRequestedSide,
    description: 'Height in pixels, before `dpr`. Never enlarges.',
    example: 480,
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(maxRequestedSide)
  height?: number;

  @ApiPropertyOptional({
    description:
      'How the picture meets width and height when both are given: `cover` crops, `contain` pads, ' +
      '`inside` and `outside` keep the whole picture, `fill` distorts.',
    enum: transformFits,
    default: 'cover',
    example: 'cover',
  })
  @IsOptional()
  @IsIn(transformFits)
  fit?: TransformFit;

  @ApiPropertyOptional({
    description: 'Which part `cover` keeps, or where `contain` puts the picture.',
    enum: transformPositions,
    default: 'centre',
    example: 'attention',
  })
  @IsOptional()
  @IsIn(transformPositions)
  position?: TransformPosition;

  @ApiPropertyOptional({
    description: 'Output format; `auto` takes the best that the Accept header lists by name.',
    enum: formats,
    default: 'auto',
    example: 'webp',
  })
  @IsOptional()
  @IsIn(formats)
  format?: 'auto' | OutputFormat;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 100,
    description: 'Encoder quality, 1 to 100; PNG ignores it. Default 80, for AVIF 50.',
    example: 80,
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  quality?: number;

  @ApiPropertyOptional({
    minimum: 1,
    maximum: 4,
    description: 'Device pixels per CSS pixel, 1 to 4.',
    default: 1,
    example: 2,
  })
  @IsOptional()
  @Type(() => Number)
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(1)
  @Max(4)
  dpr?: number;

  @ApiPropertyOptional({
    description:
      'Colour behind transparency and padding, `rgb` or `rrggbb`. Transparent where possible, else white.',
    example: 'ffffff',
  })
  @IsOptional()
  @Matches(/^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i, { message: 'background must be rgb or rrggbb, hexadecimal' })
  background?: string;

  @ApiPropertyOptional({
    description: 'Degrees clockwise, after the EXIF orientation and before resizing.',
    type: 'integer',
    enum: transformRotations,
    default: 0,
    example: 90,
  })
  @IsOptional()
  @Type(() => Number)
  @IsIn(transformRotations)
  rotate?: TransformRotation;

  @ApiPropertyOptional({
    minimum: 0.3,
    maximum: 100,
    description: 'Gaussian blur, sigma in output pixels, 0.3 to 100.',
    example: 4,
  })
  @IsOptional()
  @Type(() => Number)
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0.3)
  @Max(100)
  blur?: number;

  @ApiPropertyOptional({
    minimum: 0.5,
    maximum: 10,
    description: 'Sharpening, sigma in output pixels, 0.5 to 10.',
    example: 1,
  })
  @IsOptional()
  @Type(() => Number)
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0.5)
  @Max(10)
  sharpen?: number;

  @ApiPropertyOptional({ description: 'Takes the colour out.', default: false, example: true })
  @IsOptional()
  @BooleanFlag()
  @IsBoolean()
  grayscale?: boolean;
}

/** `GET /v1/media/{id}/resize`: at least one side is required. */
export class ResizeQuery extends PickType(ImageQuery, [
  'fit',
  'position',
  'format',
  'quality',
  'dpr',
  'background',
] as const) {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: maxRequestedSide,
    description: 'Width in pixels; required unless `height` is given.',
    example: 640,
  })
  @ValidateIf((query: ResizeQuery) => query.width !== undefined || query.height === undefined)
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(maxRequestedSide)
  width?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: maxRequestedSide,
    description: 'Height in pixels; required unless `width` is given.',
    example: 480,
  })
  @ValidateIf((query: ResizeQuery) => query.height !== undefined)
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(maxRequestedSide)
  height?: number;
}

/** `GET /v1/media/{id}/convert`: another format, the same pixels. */
export class ConvertQuery extends PickType(ImageQuery, ['quality', 'background'] as const) {
  @ApiProperty({
    description: 'Output format; `auto` goes by the Accept header.',
    enum: formats,
    example: 'webp',
  })
  @IsIn(formats)
  format!: 'auto' | OutputFormat;
}
