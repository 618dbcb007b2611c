import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import { UploadDetailsDto } from '../../dto/upload-details.dto.js';

export class ImportMediaDto extends UploadDetailsDto {
  @ApiProperty({
    format: 'uri',
    maxLength: 8192,
    description: 'http or https, without credentials, to a public host or one that the operator allows',
    example: 'https://example.com/pictures/beach.jpg',
  })
  @IsString()
  url!: string;

  @ApiPropertyOptional({
    description: 'When absent: what the source calls the file, else the end of its URL',
    example: 'beach.jpg',
  })
  @IsOptional()
  @IsString()
  @Length(1, 1024)
  filename?: string;

  @ApiPropertyOptional({ type: [String], example: ['beach', '2026'] })
  override tags: string[] = [];

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'A flat object of at most 16 KB',
    example: { album: 'Summer' },
  })
  override customMetadata: Record<string, unknown> = {};
}
