import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

export class QuotaDto {
  @ApiProperty({ type: 'integer', description: 'Bytes that may be stored', example: 10_737_418_240 })
  limitBytes!: number;

  @ApiProperty({ description: 'False when the limit is the configured default', example: false })
  ownLimit!: boolean;

  @ApiProperty({ type: 'integer', description: 'Bytes of all media, the trash included', example: 4_213_377 })
  usedBytes!: number;

  @ApiProperty({ type: 'integer', description: 'Bytes claimed by uploads under way', example: 0 })
  reservedBytes!: number;

  @ApiProperty({ type: 'integer', description: 'Media, the trash included', example: 1 })
  mediaCount!: number;
}

export class SetQuotaDto {
  @ApiProperty({
    type: 'integer',
    nullable: true,
    minimum: 0,
    description: 'The new limit in bytes; null returns to the configured default',
    example: 53_687_091_200,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  limitBytes!: number | null;
}
