import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { type Visibility, visibilities } from '../../auth/index.js';
import { IsCustomMetadata, IsTags } from '../../media/index.js';

/** Reads a JSON field of a form; what is not JSON stays, for the validator to refuse. */
const Json = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  });

/** Reads tags given as a JSON array or as a comma-separated list. */
const TagList = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value !== 'string') return value;
    if (value.trim().startsWith('[')) {
      try {
        return JSON.parse(value) as unknown;
      } catch {
        return value;
      }
    }
    return value
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== '');
  });

/** What a client may say of a file beside its bytes. */
export class UploadDetailsDto {
  @ApiPropertyOptional({ enum: visibilities, description: '`private` when absent' })
  @IsIn(visibilities)
  visibility: Visibility = 'private';

  @ApiPropertyOptional({
    type: 'string',
    description: 'A comma-separated list, or a JSON array of strings',
    example: 'beach,2026',
  })
  @TagList()
  @IsTags()
  tags: string[] = [];

  @ApiPropertyOptional({
    type: 'string',
    description: 'A flat JSON object of at most 16 KB',
    example: '{"album":"Summer"}',
  })
  @Json()
  @IsCustomMetadata()
  customMetadata: Record<string, unknown> = {};

  @ApiPropertyOptional({
    description: 'SHA-256 of the file, hex; the upload is refused when it differs',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value))
  @Matches(/^[0-9a-f]{64}$/, { message: 'sha256 must be 64 hexadecimal digits' })
  sha256?: string;
}
