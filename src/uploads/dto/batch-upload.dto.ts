import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ProblemDto } from '../../common/index.js';
import { MediaDto } from '../../media/index.js';
import { UploadDetailsDto } from './upload-details.dto.js';

export class UploadFormDto extends UploadDetailsDto {
  @ApiProperty({ type: 'string', format: 'binary' })
  file!: unknown;
}

export class UploadBatchFormDto extends UploadDetailsDto {
  @ApiProperty({ type: 'array', items: { type: 'string', format: 'binary' } })
  file!: unknown[];
}

export class BatchUploadResultDto {
  @ApiProperty({ description: 'As it was sent', example: 'beach.jpg' })
  filename!: string;

  @ApiProperty({ type: 'integer', description: '201, or the status of the failure', example: 201 })
  status!: number;

  @ApiPropertyOptional({ type: MediaDto })
  media?: MediaDto;

  @ApiPropertyOptional({ type: ProblemDto })
  problem?: ProblemDto;
}

export class BatchUploadResultsDto {
  @ApiProperty({ type: [BatchUploadResultDto] })
  results!: BatchUploadResultDto[];
}
