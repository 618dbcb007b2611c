import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsNumber, IsOptional, Max, Min } from 'class-validator';

const sizes = ['small', 'medium', 'large'] as const;

export class ThumbnailQuery {
  @ApiPropertyOptional({
    enum: sizes,
    default: 'medium',
    description: 'Longest side 150, 400 or 1200 pixels',
  })
  @IsIn(sizes)
  size: (typeof sizes)[number] = 'medium';

  @ApiPropertyOptional({
    minimum: 0,
    description:
      'Seconds into a video, rounded to tenths; beyond its end the last picture is shown. Absent: the poster',
    example: 12.5,
  })
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(604_800)
  time?: number;
}
