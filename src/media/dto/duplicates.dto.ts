import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { maxHammingDistance } from '../hamming-bands.js';
import { MediaDto, toMediaDto } from './media.dto.js';
import type { Duplicate } from '../media-duplicates.service.js';

export class DuplicatesQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: maxHammingDistance,
    default: 10,
    description: 'In how many of the 64 bits of their perceptual hashes near duplicates may differ',
  })
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(maxHammingDistance)
  maxDistance: number = 10;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 20 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;
}

const matches = ['exact', 'near'] as const;

export class DuplicateDto {
  @ApiProperty({ type: MediaDto })
  media!: MediaDto;

  @ApiProperty({ enum: matches, description: 'The same bytes, or a picture that looks alike' })
  match!: (typeof matches)[number];

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Bits in which the perceptual hashes differ; null for the same bytes',
    example: 3,
  })
  distance!: number | null;
}

export class DuplicatesDto {
  @ApiProperty({ type: [DuplicateDto], description: 'The same bytes first, then the nearest first' })
  items!: DuplicateDto[];
}

export function toDuplicatesDto(duplicates: readonly Duplicate[]): DuplicatesDto {
  return {
    items: duplicates.map(({ media, distance }) => ({
      media: toMediaDto(media),
      match: distance === null ? 'exact' : 'near',
      distance,
    })),
  };
}
