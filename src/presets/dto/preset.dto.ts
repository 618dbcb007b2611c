import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsObject, IsOptional, IsString, Length, Matches, ValidateNested } from 'class-validator';
import { ImageQuery } from '../../processing/index.js';
import type { PresetView } from '../configured-presets.js';
import type { Preset } from '../entities/preset.entity.js';

const params = { width: 400, height: 300, fit: 'cover' };

export class PresetDto {
  @ApiProperty({ example: 'card' })
  name!: string;

  @ApiProperty({
    type: ImageQuery,
    description: 'Parameters as of `GET /v1/media/{id}/image`',
    example: params,
  })
  params!: object;

  @ApiProperty({ description: 'Made as soon as an image arrives', example: false })
  eager!: boolean;

  @ApiProperty({
    enum: ['own', 'configuration'],
    description: 'Of the organization (or the user), or of the service for all',
    example: 'own',
  })
  source!: 'own' | 'configuration';

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-01T00:00:00.000Z' })
  updatedAt!: string | null;
}

export class PresetsDto {
  @ApiProperty({ type: [PresetDto], description: 'By name, own ones first' })
  items!: PresetDto[];
}

export class CreatePresetDto {
  @ApiProperty({
    description: 'Lower-case letters, digits, hyphens and underscores',
    minLength: 1,
    maxLength: 64,
    example: 'card',
  })
  @IsString()
  @Matches(/^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/, {
    message: 'name must be 1 to 64 lower-case letters, digits, hyphens and underscores',
  })
  name!: string;

  @ApiProperty({
    type: ImageQuery,
    description: 'Parameters as of `GET /v1/media/{id}/image`',
    example: params,
  })
  @IsObject()
  @ValidateNested()
  @Type(() => ImageQuery)
  params!: ImageQuery;

  @ApiPropertyOptional({ description: 'Make it as soon as an image arrives', default: false, example: true })
  @IsOptional()
  @IsBoolean()
  eager?: boolean;
}

export class PutPresetDto extends PickType(CreatePresetDto, ['params', 'eager'] as const) {}

/** The name in a path, for a preset that may come to be by it. */
export class PresetNameParam extends PickType(CreatePresetDto, ['name'] as const) {}

export class PresetSpaceQuery {
  @ApiPropertyOptional({
    description: 'Another organization’s presets; needs the scope admin',
    example: 'acme',
  })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  orgId?: string;

  @ApiPropertyOptional({
    description: 'Presets of a user who is in no organization; another one’s need the scope admin',
    example: 'alice',
  })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  userId?: string;
}

export function toPresetDto({ name, params: given, eager, updatedAt }: Preset): PresetDto {
  return { name, params: given, eager, source: 'own', updatedAt: updatedAt.toISOString() };
}

export function configuredPresetDto({ name, params: given, eager }: PresetView): PresetDto {
  return { name, params: given, eager, source: 'configuration', updatedAt: null };
}
