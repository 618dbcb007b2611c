import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import { ImageQuery } from '../../processing/index.js';

/** `GET /v1/media/{id}/image`: parameters, or a preset, or a preset and what is to be otherwise. */
export class TransformQuery extends ImageQuery {
  @ApiPropertyOptional({
    description:
      'Name of a preset; parameters beside it take the place of its own. Public media are transformed without a token by presets alone.',
    example: 'card',
  })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  preset?: string;
}
