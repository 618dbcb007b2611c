import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { type Visibility, visibilities } from '../../../auth/index.js';
import { IsCustomMetadata, IsTags } from '../../../media/index.js';

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
  @IsTags()
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
