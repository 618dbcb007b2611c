import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IsMoment } from './is-moment.js';
import { type MediaKind, mediaKinds, type MediaStatus, mediaStatuses } from '../media-status.js';

const tagSources = ['any', 'own', 'suggested'] as const;
export type TagSource = (typeof tagSources)[number];

/** PostgreSQL text holds no NUL, and no name has another control character. */
const noControls = /^\P{Cc}*$/u;

export class ListMediaQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 20 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  @ApiPropertyOptional({ description: 'nextCursor of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;

  @ApiPropertyOptional({ enum: mediaKinds })
  @IsOptional()
  @IsIn(mediaKinds)
  kind?: MediaKind;

  @ApiPropertyOptional({ enum: mediaStatuses })
  @IsOptional()
  @IsIn(mediaStatuses)
  status?: MediaStatus;

  @ApiPropertyOptional({
    type: [String],
    description: 'Only media with all of these tags, own or suggested; repeatable',
    example: ['beach'],
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (Array.isArray(value) ? value : [value]))
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @Length(1, 100, { each: true })
  @Matches(noControls, { each: true, message: 'tag must not contain control characters' })
  tag?: string[];

  @ApiPropertyOptional({
    enum: tagSources,
    default: 'any',
    description: 'Which tags `tag` looks at: the own, those that the analysis suggests, or both together',
  })
  @IsIn(tagSources)
  tagSource: TagSource = 'any';

  @ApiPropertyOptional({ description: 'Part of the file name, case ignored', example: 'holiday' })
  @IsOptional()
  @IsString()
  @Length(1, 255)
  @Matches(noControls, { message: 'q must not contain control characters' })
  q?: string;

  @ApiPropertyOptional({ format: 'date-time', example: '2026-01-01T00:00:00Z' })
  @IsOptional()
  @IsMoment()
  createdAfter?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  @IsOptional()
  @IsMoment()
  createdBefore?: string;

  @ApiPropertyOptional({
    description: "Another owner's media, as far as they are shared with the caller; any for admins",
  })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Matches(noControls, { message: 'ownerId must not contain control characters' })
  ownerId?: string;

  @ApiPropertyOptional({ description: 'The trash instead of the catalogue', default: false })
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  trashed: boolean = false;
}
