import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsNumber, IsUUID, Max, Min } from 'class-validator';
import { type WatermarkPosition, watermarkPositions } from '../../../media/index.js';

const types = ['clip', 'mute', 'rotate', 'watermark'] as const;
const WEEK_SECONDS = 7 * 24 * 3600;

/** Anything else is refused by its type. */
export class EditOperationDto {
  @ApiProperty({ enum: types })
  @IsIn(types)
  type!: (typeof types)[number];
}

export class ClipDto extends EditOperationDto {
  @ApiProperty({ enum: ['clip'] })
  declare type: 'clip';

  @ApiProperty({ minimum: 0, description: 'Seconds from the beginning', example: 2.5 })
  @IsNumber()
  @Min(0)
  @Max(WEEK_SECONDS)
  start!: number;

  @ApiProperty({ description: 'Seconds from the beginning; the end of the video at most', example: 12 })
  @IsNumber()
  @Min(0)
  @Max(WEEK_SECONDS)
  end!: number;
}

export class MuteDto extends EditOperationDto {
  @ApiProperty({ enum: ['mute'] })
  declare type: 'mute';
}

export class RotateDto extends EditOperationDto {
  @ApiProperty({ enum: ['rotate'] })
  declare type: 'rotate';

  @ApiProperty({ enum: [90, 180, 270], description: 'Clockwise', example: 90 })
  @IsIn([90, 180, 270])
  degrees!: 90 | 180 | 270;
}

export class WatermarkDto extends EditOperationDto {
  @ApiProperty({ enum: ['watermark'] })
  declare type: 'watermark';

  @ApiProperty({
    format: 'uuid',
    description: 'An image of the same owner',
    example: '01990000-0000-7000-8000-000000000000',
  })
  @IsUUID()
  mediaId!: string;

  @ApiPropertyOptional({ enum: watermarkPositions, default: 'bottom-right' })
  @IsIn(watermarkPositions)
  position: WatermarkPosition = 'bottom-right';

  @ApiPropertyOptional({ minimum: 0.05, maximum: 1, default: 0.8, example: 0.5 })
  @IsNumber()
  @Min(0.05)
  @Max(1)
  opacity: number = 0.8;

  @ApiPropertyOptional({
    minimum: 0.02,
    maximum: 1,
    default: 0.2,
    example: 0.15,
    description: 'Of the width of the video',
  })
  @IsNumber()
  @Min(0.02)
  @Max(1)
  scale: number = 0.2;
}
