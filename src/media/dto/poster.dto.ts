import { ApiProperty } from '@nestjs/swagger';
import { IsNumber, Max, Min, ValidateIf } from 'class-validator';

const WEEK_SECONDS = 7 * 24 * 3600;

export class PosterDto {
  @ApiProperty({
    type: Number,
    nullable: true,
    minimum: 0,
    maximum: WEEK_SECONDS,
    description:
      'Seconds into the video; beyond its end the last picture is taken. Null: the service chooses again',
    example: 12.5,
  })
  @ValidateIf(({ time }: PosterDto) => time !== null)
  @IsNumber()
  @Min(0)
  @Max(WEEK_SECONDS)
  time!: number | null;
}
