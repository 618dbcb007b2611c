import { ApiProperty } from '@nestjs/swagger';

export class QueueStatusDto {
  @ApiProperty({ example: 'media' })
  queue!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { waiting: 0, active: 1 },
  })
  counts!: Record<string, number>;

  @ApiProperty({ type: Number, nullable: true, description: 'Null when nothing waits', example: 0.4 })
  oldestWaitingSeconds!: number | null;
}

export class BackendsDto {
  @ApiProperty({ enum: ['embedded', 'postgresql'] })
  database!: string;

  @ApiProperty({ enum: ['postgresql', 'redis'] })
  queue!: string;

  @ApiProperty({ enum: ['memory', 'redis'] })
  cache!: string;

  @ApiProperty({ enum: ['local', 's3'] })
  storage!: string;

  @ApiProperty({ enum: ['none', 'clamav'] })
  scanner!: string;
}

export class StorageTotalsDto {
  @ApiProperty({ type: 'integer', example: 12, description: 'Media in the catalogue and in the trash' })
  media!: number;

  @ApiProperty({
    type: 'integer',
    example: 50_331_648,
    description: 'Bytes of originals as stored, shared ones once',
  })
  originalBytes!: number;

  @ApiProperty({ type: 'integer', example: 60 })
  variants!: number;

  @ApiProperty({ type: 'integer', example: 9_437_184 })
  variantBytes!: number;

  @ApiProperty({ type: 'integer', example: 40, description: 'Image transforms, of the variants' })
  transforms!: number;

  @ApiProperty({ type: 'integer', example: 2_097_152 })
  transformBytes!: number;

  @ApiProperty({ type: 'integer', example: 0, description: 'Prefixes that are to be deleted' })
  pendingDeletions!: number;

  @ApiProperty({ type: 'integer', example: 0, description: 'Job requests that are not in a queue yet' })
  outbox!: number;
}

export class StatusDto {
  @ApiProperty({ example: '0.1.0' })
  version!: string;

  @ApiProperty({ enum: ['all', 'api', 'worker'] })
  role!: string;

  @ApiProperty({ type: BackendsDto })
  backends!: BackendsDto;

  @ApiProperty({ type: [QueueStatusDto] })
  queues!: QueueStatusDto[];

  @ApiProperty({ type: StorageTotalsDto })
  storage!: StorageTotalsDto;

  @ApiProperty({
    type: [String],
    description: 'What an operator should know of',
    example: ['uploads are not scanned for viruses'],
  })
  warnings!: string[];
}
