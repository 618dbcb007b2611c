import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  Length,
  Matches,
} from 'class-validator';
import { type Visibility, visibilities } from '../../../auth/index.js';
import { IsCustomMetadata } from '../../../media/index.js';

/** What is to be known of the new media; nothing of it is taken over from the sources. */
export class EditDetailsDto {
  @ApiPropertyOptional({ description: 'When absent: after the first source', example: 'beach-short.mp4' })
  @IsOptional()
  @IsString()
  @Length(1, 1024)
  filename?: string;

  @ApiPropertyOptional({ enum: visibilities, description: '`private` when absent' })
  @IsIn(visibilities)
  visibility: Visibility = 'private';

  @ApiPropertyOptional({ type: [String], example: ['beach', '2026'] })
  @IsArray()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsString({ each: true })
  @Length(1, 100, { each: true })
  @Matches(/^\P{Cc}*$/u, { each: true, message: 'tags must not contain control characters' })
  tags: string[] = [];

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'A flat object of at most 16 KB',
    example: { album: 'Summer' },
  })
  @IsCustomMetadata()
  customMetadata: Record<string, unknown> = {};
}
