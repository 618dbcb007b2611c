import { ApiProperty } from '@nestjs/swagger';

export class FaceDto {
  @ApiProperty({ description: 'From the left, as a fraction of the width', example: 0.4219 })
  x!: number;

  @ApiProperty({ description: 'From the top, as a fraction of the height', example: 0.2037 })
  y!: number;

  @ApiProperty({ description: 'As a fraction of the width', example: 0.1641 })
  width!: number;

  @ApiProperty({ description: 'As a fraction of the height', example: 0.2459 })
  height!: number;

  @ApiProperty({ description: 'How certain it is, 0 to 1', example: 0.87 })
  score!: number;
}

export class ObjectDto extends FaceDto {
  @ApiProperty({ description: 'One of the 80 names of COCO', example: 'dog' })
  label!: string;
}

export class NsfwDto {
  @ApiProperty({ description: 'How likely it is that not everybody wants to see it, 0 to 1', example: 0.004 })
  score!: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    description: 'Shares of drawing, hentai, neutral, porn and sexy',
    example: { drawing: 0.02, hentai: 0.001, neutral: 0.976, porn: 0.001, sexy: 0.002 },
  })
  classes!: Record<string, number>;
}

export class AnalysisDto {
  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  analysedAt!: string;

  @ApiProperty({
    type: [FaceDto],
    nullable: true,
    description: 'The most certain first; null when faces were not looked for',
  })
  faces!: FaceDto[] | null;

  @ApiProperty({
    type: [ObjectDto],
    nullable: true,
    description: 'The most certain first; null when objects were not looked for',
  })
  objects!: ObjectDto[] | null;

  @ApiProperty({ type: NsfwDto, nullable: true, description: 'Null when it was not judged' })
  nsfw!: NsfwDto | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why there is nothing, when it failed for good; listed in docs/errors.md',
    example: null,
  })
  failureCode!: string | null;
}
