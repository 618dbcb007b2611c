import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';

export class TallyDto {
  @ApiProperty({ type: 'integer', example: 12 })
  count!: number;

  @ApiProperty({ type: 'integer', example: 50_331_648 })
  bytes!: number;
}

export class DayTallyDto extends TallyDto {
  @ApiProperty({ format: 'date', example: '2026-01-31' })
  day!: string;
}

const tallies = { type: 'object', additionalProperties: { $ref: getSchemaPath(TallyDto) } } as const;

@ApiExtraModels(TallyDto)
export class StatisticsDto {
  @ApiProperty({ type: TallyDto })
  total!: TallyDto;

  @ApiProperty({ ...tallies, example: { image: { count: 12, bytes: 50_331_648 } } })
  byKind!: Record<string, TallyDto>;

  @ApiProperty({ ...tallies, example: { ready: { count: 12, bytes: 50_331_648 } } })
  byStatus!: Record<string, TallyDto>;

  @ApiProperty({ type: [DayTallyDto], description: 'The last 30 days (UTC) with uploads, newest first' })
  byDay!: DayTallyDto[];
}
