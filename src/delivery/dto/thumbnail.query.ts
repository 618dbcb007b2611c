import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';

const sizes = ['small', 'medium', 'large'] as const;

export class ThumbnailQuery {
  @ApiPropertyOptional({
    enum: sizes,
    default: 'medium',
    description: 'Longest side 150, 400 or 1200 pixels',
  })
  @IsIn(sizes)
  size: (typeof sizes)[number] = 'medium';
}
