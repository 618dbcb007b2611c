import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  ValidateIf,
} from 'class-validator';
import { type Visibility, visibilities } from '../../auth/index.js';

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
  @IsArray()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsString({ each: true })
  @Length(1, 100, { each: true })
  @Matches(/^\P{Cc}*$/u, { each: true, message: 'tags must not contain control characters' })
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
