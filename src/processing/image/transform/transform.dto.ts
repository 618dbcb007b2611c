import { ApiProperty, ApiPropertyOptional, IntersectionType, OmitType, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, Max, Min, ValidateIf } from 'class-validator';
import { EffectsQuery } from './dto/effects.query.js';
import { GeometryQuery } from './dto/geometry.query.js';
import { formatWords, OutputQuery } from './dto/output.query.js';
import { OverlayQuery } from './dto/overlay.query.js';
import { type OutputFormat, type TransformParams, transformRanges } from './transform-params.js';

const [minSide, maxSide] = transformRanges.width;

/** Everything the image engine can do, for `GET /v1/media/{id}/image` and for presets. */
export class ImageQuery
  extends IntersectionType(GeometryQuery, OutputQuery, EffectsQuery, OverlayQuery)
  implements TransformParams {}

class ResizeParameters extends IntersectionType(
  PickType(GeometryQuery, ['fit', 'position', 'dpr', 'enlarge', 'frames'] as const),
  OutputQuery,
) {}

/** `GET /v1/media/{id}/resize`: at least one side is required. */
export class ResizeQuery extends ResizeParameters {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: minSide,
    maximum: maxSide,
    description: 'Width in pixels; required unless `height` is given.',
    example: 640,
  })
  @ValidateIf((query: ResizeQuery) => query.width !== undefined || query.height === undefined)
  @Type(() => Number)
  @IsInt()
  @Min(minSide)
  @Max(maxSide)
  width?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: minSide,
    maximum: maxSide,
    description: 'Height in pixels; required unless `width` is given.',
    example: 480,
  })
  @ValidateIf((query: ResizeQuery) => query.height !== undefined)
  @Type(() => Number)
  @IsInt()
  @Min(minSide)
  @Max(maxSide)
  height?: number;
}

class ConvertParameters extends IntersectionType(
  PickType(GeometryQuery, ['page', 'frames'] as const),
  OmitType(OutputQuery, ['format'] as const),
) {}

/** `GET /v1/media/{id}/convert`: another format, the same pixels. */
export class ConvertQuery extends ConvertParameters {
  @ApiProperty({
    description: 'Output format; `auto` goes by the Accept header.',
    enum: formatWords,
    example: 'webp',
  })
  @IsIn(formatWords)
  format!: 'auto' | OutputFormat;
}
