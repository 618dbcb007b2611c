import { ApiProperty } from '@nestjs/swagger';

export class QueueStatusDto {
  @ApiProperty({ example: 'media' })
  queue!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    example: { waiting: 0, active: 1 },
  })
  counts!: Record<string, number>;

  @ApiProperty({ type: Number, nullable: true })
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
  @ApiProperty({ description: 'Media in the catalogue and in the trash' })
  media!: number;

  @ApiProperty({ description: 'Bytes of originals' })
  originalBytes!: number;

  @ApiProperty()
  variants!: number;

  @ApiProperty()
  variantBytes!: number;

  @ApiProperty({ description: 'Prefixes that are to be deleted' })
  pendingDeletions!: number;

  @ApiProperty({ description: 'Job requests that are not in a queue yet' })
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
