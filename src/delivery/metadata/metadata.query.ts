import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional } from 'class-validator';

const extras = ['gps'] as const;

export class MetadataQuery {
  @ApiPropertyOptional({
    enum: extras,
    isArray: true,
    description: '`gps`: where the picture was taken, read from the original; for the owner alone',
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (Array.isArray(value) ? value : [value]))
  @IsIn(extras, { each: true })
  include?: (typeof extras)[number][];
}
