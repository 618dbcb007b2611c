import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';

/** Nothing: all accounts. */
export class RecalculateDto {
  @ApiPropertyOptional({ example: 'alice' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Matches(/^\P{Cc}*$/u, { message: '$property must not contain control characters' })
  userId?: string;

  @ApiPropertyOptional({ example: 'acme' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Matches(/^\P{Cc}*$/u, { message: '$property must not contain control characters' })
  orgId?: string;
}

export class CounterDriftDto {
  @ApiProperty({ type: 'integer', example: 4_213_300 })
  was!: number;

  @ApiProperty({ type: 'integer', example: 4_213_377 })
  is!: number;
}

export class DriftDto {
  @ApiProperty({ enum: ['user', 'org'] })
  scope!: 'user' | 'org';

  @ApiProperty({ example: 'alice' })
  subjectId!: string;

  @ApiProperty({ type: CounterDriftDto })
  usedBytes!: CounterDriftDto;

  @ApiProperty({ type: CounterDriftDto })
  reservedBytes!: CounterDriftDto;

  @ApiProperty({ type: CounterDriftDto })
  mediaCount!: CounterDriftDto;
}

export class RecalculationDto {
  @ApiProperty({ type: [DriftDto], description: 'Accounts that had drifted; they are mended' })
  drifts!: DriftDto[];
}
