import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';
import type { VariantView } from '../../media/index.js';

export class CaptionsQuery {
  @ApiPropertyOptional({
    description: 'What viewers choose by; without it, what speakers of the language call it',
    minLength: 1,
    maxLength: 100,
    example: 'English (SDH)',
  })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  @Matches(/^[^\p{Cc}"]*$/u, { message: 'label must have neither control characters nor quotes' })
  label?: string;
}

export class CaptionsDto {
  @ApiProperty({ description: 'BCP 47, in its canonical form', example: 'en-US' })
  language!: string;

  @ApiProperty({ example: 'American English' })
  label!: string;

  @ApiProperty({
    enum: ['uploaded', 'embedded'],
    description: 'Whether a client brought them, or they were in the file',
  })
  source!: 'uploaded' | 'embedded';

  @ApiProperty({ type: 'integer', description: 'Bytes', example: 48_213 })
  size!: number;

  @ApiProperty({ example: '/v1/media/01990000-0000-7000-8000-000000000000/captions/en-US' })
  url!: string;
}

export class CaptionsListDto {
  @ApiProperty({ type: [CaptionsDto] })
  items!: CaptionsDto[];
}

export function toCaptionsDto(
  mediaId: string,
  {
    language,
    label,
    uploaded,
    sizeBytes,
  }: Pick<VariantView, 'language' | 'label' | 'uploaded' | 'sizeBytes'>,
): CaptionsDto {
  return {
    language: language ?? 'und',
    label: label ?? '',
    source: uploaded ? 'uploaded' : 'embedded',
    size: sizeBytes,
    url: `/v1/media/${mediaId}/captions/${language}`,
  };
}
