import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import {
  type Reconciliation,
  type ReconciliationState,
  reconciliationStates,
} from '../entities/reconciliation.entity.js';
import { type FindingKind, findingKinds } from '../reconciliation/finding.js';

export class ReconcileDto {
  @ApiPropertyOptional({ default: true, example: true, description: 'Only look, and change nothing' })
  @IsBoolean()
  dryRun: boolean = true;
}

export class ReconciliationStartedDto {
  @ApiProperty({ format: 'uuid', example: '01990000-0000-7000-8000-000000000000' })
  id!: string;

  @ApiProperty({ enum: reconciliationStates, example: 'running' })
  state!: ReconciliationState;
}

export class FindingDto {
  @ApiProperty({ enum: findingKinds, description: 'docs/operations.md says what each means, and what to do' })
  kind!: FindingKind;

  @ApiProperty({
    description: 'Id of a row, key of an object, or name of an account',
    example: 'user:alice',
  })
  subject!: string;

  @ApiProperty({ example: 'usedBytes is 4213300 and must be 4213377' })
  detail!: string;

  @ApiProperty({ description: 'Set right by this run; never in a dry run', example: false })
  mended!: boolean;
}

export class ReconciliationDto extends ReconciliationStartedDto {
  @ApiProperty({ example: true })
  dryRun!: boolean;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'How much was looked at',
    example: { media: 12, originals: 11, variants: 60, objects: 71 },
  })
  counts!: Record<string, number>;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'How often each kind was found, exactly',
    example: { 'quota.drift': 1 },
  })
  findingCounts!: Record<string, number>;

  @ApiProperty({ type: [FindingDto], description: 'The first 1000' })
  findings!: FindingDto[];

  @ApiProperty({
    type: [String],
    description: 'What could not be looked at',
    example: ['Unfinished multipart uploads were not looked at: the store does not list them'],
  })
  notes!: string[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why it failed, as in docs/errors.md',
    example: null,
  })
  failureCode!: string | null;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({
    format: 'date-time',
    description: 'When it was last heard of',
    example: '2026-01-01T00:00:05.000Z',
  })
  updatedAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-01T00:00:05.000Z' })
  finishedAt!: string | null;
}

export function toReconciliationDto(reconciliation: Reconciliation): ReconciliationDto {
  const { attempt: _, createdAt, updatedAt, finishedAt, ...report } = reconciliation;
  return {
    ...report,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}
