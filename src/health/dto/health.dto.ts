import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';

export class IndicatorDto {
  @ApiProperty({ enum: ['up', 'down'] })
  status!: 'up' | 'down';
}

const indicators = {
  type: 'object',
  additionalProperties: { $ref: getSchemaPath(IndicatorDto) },
} as const;

/** The answer of a probe while all is well, as @nestjs/terminus gives it. */
@ApiExtraModels(IndicatorDto)
export class HealthDto {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';

  @ApiProperty({ ...indicators, example: { database: { status: 'up' } } })
  info!: Record<string, IndicatorDto>;

  @ApiProperty({ ...indicators, description: 'Empty', example: {} })
  error!: Record<string, IndicatorDto>;

  @ApiProperty({ ...indicators, example: { database: { status: 'up' } } })
  details!: Record<string, IndicatorDto>;
}
