import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, IsString, Length, ValidateIf } from 'class-validator';
import { type Visibility, visibilities } from '../../auth/index.js';
import { IsTags } from './media-details.js';

/** A JSON merge patch (RFC 7396); what is absent stays. */
export class PatchMediaDto {
  @ApiPropertyOptional({ example: 'beach.jpg' })
  @ValidateIf((patch: PatchMediaDto) => patch.filename !== undefined)
  @IsString()
  @Length(1, 1024)
  filename?: string;

  @ApiPropertyOptional({ enum: visibilities })
  @ValidateIf((patch: PatchMediaDto) => patch.visibility !== undefined)
  @IsIn(visibilities)
  visibility?: Visibility;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    description: 'Replaces all tags; null removes them',
    example: ['beach', '2026'],
  })
  @IsOptional()
  @IsTags()
  tags?: string[] | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Merged into what is there: null values remove their keys, null removes all',
    example: { album: 'Winter', draft: null },
  })
  @IsOptional()
  @IsObject()
  customMetadata?: Record<string, unknown> | null;
}
