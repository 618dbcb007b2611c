import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsOptional,
  IsUUID,
} from 'class-validator';
import { ProblemDto } from '../../common/index.js';

export class BatchDeleteDto {
  @ApiProperty({
    type: [String],
    format: 'uuid',
    minItems: 1,
    maxItems: 1000,
    example: ['01990000-0000-7000-8000-000000000000'],
  })
  @Transform(({ value }: { value: unknown }) =>
    Array.isArray(value)
      ? value.map((id: unknown) => (typeof id === 'string' ? id.toLowerCase() : id))
      : value,
  )
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  ids!: string[];

  @ApiPropertyOptional({
    description: 'Purge instead of moving to the trash; false when absent',
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  permanent?: boolean;
}

export class BatchDeleteResultDto {
  @ApiProperty({ format: 'uuid', example: '01990000-0000-7000-8000-000000000000' })
  id!: string;

  @ApiProperty({ type: 'integer', description: '204, or the status of the failure', example: 204 })
  status!: number;

  @ApiPropertyOptional({ type: ProblemDto })
  problem?: ProblemDto;
}

export class BatchDeleteResultsDto {
  @ApiProperty({ type: [BatchDeleteResultDto] })
  results!: BatchDeleteResultDto[];
}
