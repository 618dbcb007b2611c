import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { UploadDetailsDto } from '../../dto/upload-details.dto.js';
import { type UploadState, uploadStates } from '../../entities/upload.entity.js';
import { MAX_PART_BYTES, MAX_PARTS, MIN_PART_BYTES } from '../part-plan.js';

export class CreateUploadDto extends UploadDetailsDto {
  @ApiProperty({ example: 'holiday.mp4' })
  @IsString()
  @Length(1, 1024)
  @Matches(/^\P{Cc}*$/u, { message: 'filename must not contain control characters' })
  filename!: string;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'Bytes of the whole file', example: 734_003_200 })
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  size!: number;

  @ApiPropertyOptional({
    description: 'Must not contradict what is found in the bytes',
    example: 'video/mp4',
  })
  @IsOptional()
  @IsString()
  @Length(1, 255)
  @Matches(/^\P{Cc}*$/u, { message: 'contentType must not contain control characters' })
  contentType?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: MIN_PART_BYTES,
    maximum: MAX_PART_BYTES,
    description: 'Bytes of every part but the last; chosen by the service when absent',
    example: 8_388_608,
  })
  @IsOptional()
  @IsInt()
  @Min(MIN_PART_BYTES)
  @Max(MAX_PART_BYTES)
  partSize?: number;
}

export class PartDto {
  @ApiProperty({ type: 'integer', minimum: 1, example: 1 })
  partNumber!: number;

  @ApiProperty({
    description: 'SHA-256 of the part in hex, or what the bucket answered',
    example: '9f86d081…',
  })
  etag!: string;

  @ApiProperty({ type: 'integer', example: 8_388_608 })
  size!: number;
}

export class UploadSessionDto {
  @ApiProperty({
    format: 'uuid',
    description: 'Also the id of the media that it becomes',
    example: '01990000-0000-7000-8000-000000000000',
  })
  id!: string;

  @ApiProperty({
    enum: uploadStates,
    description: 'open: parts are taken; committed: it is a media',
    example: 'open',
  })
  state!: UploadState;

  @ApiProperty({ type: 'integer', example: 734_003_200 })
  size!: number;

  @ApiProperty({ type: 'integer', example: 8_388_608 })
  partSize!: number;

  @ApiProperty({ type: 'integer', example: 88 })
  partCount!: number;

  @ApiProperty({ type: 'integer', description: 'Bytes of the parts that are stored', example: 8_388_608 })
  receivedBytes!: number;

  @ApiProperty({ type: [PartDto], description: 'Parts that are stored' })
  parts!: PartDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Code of the reason why it was refused',
    example: null,
  })
  failureCode!: string | null;

  @ApiProperty({ format: 'date-time', example: '2026-01-02T00:00:00.000Z' })
  expiresAt!: string;
}

export class CompletedPartDto {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_PARTS, example: 1 })
  @IsInt()
  @Min(1)
  @Max(MAX_PARTS)
  partNumber!: number;

  @ApiProperty({ description: 'As the part was answered', example: '9f86d081…' })
  @IsString()
  @Length(1, 200)
  @Matches(/^[\x21-\x7e]+$/)
  etag!: string;
}

export class CompleteUploadDto {
  @ApiPropertyOptional({
    type: [CompletedPartDto],
    description: 'All parts, to be held against what is stored',
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_PARTS)
  @ValidateNested({ each: true })
  @Type(() => CompletedPartDto)
  parts?: CompletedPartDto[];
}

export class SignPartsDto {
  @ApiProperty({ type: [Number], minItems: 1, maxItems: 1000, example: [1, 2, 3] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ArrayUnique()
  @IsInt({ each: true })
  partNumbers!: number[];
}

export class SignedPartDto {
  @ApiProperty({ type: 'integer', example: 1 })
  partNumber!: number;

  @ApiProperty({ description: 'Takes one PUT of exactly the part', example: 'https://bucket.example/…' })
  url!: string;

  @ApiProperty({ type: 'integer', example: 8_388_608 })
  size!: number;
}

export class SignedPartsDto {
  @ApiProperty({ type: [SignedPartDto] })
  parts!: SignedPartDto[];

  @ApiProperty({ format: 'date-time', example: '2026-01-01T01:00:00.000Z' })
  expiresAt!: string;
}

export class SignedPutDto {
  @ApiProperty({
    description: 'Takes one PUT of exactly the whole file',
    example: 'https://bucket.example/…',
  })
  url!: string;

  @ApiProperty({ enum: ['PUT'], example: 'PUT' })
  method!: 'PUT';

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Headers that the PUT must carry',
    example: { 'Content-Type': 'image/jpeg' },
  })
  headers!: Record<string, string>;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T01:00:00.000Z' })
  expiresAt!: string;
}
