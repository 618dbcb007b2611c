import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsUUID, ValidateNested } from 'class-validator';
import { EditDetailsDto } from './edit-details.dto.js';
import { ClipDto, EditOperationDto, MuteDto, RotateDto, WatermarkDto } from './edit-operation.dto.js';

const subTypes = [
  { value: ClipDto, name: 'clip' },
  { value: MuteDto, name: 'mute' },
  { value: RotateDto, name: 'rotate' },
  { value: WatermarkDto, name: 'watermark' },
];

@ApiExtraModels(ClipDto, MuteDto, RotateDto, WatermarkDto)
export class EditDto extends EditDetailsDto {
  @ApiProperty({
    type: 'array',
    minItems: 1,
    maxItems: subTypes.length,
    description: 'Each type once. They are applied in this order: clip, mute, rotate, watermark',
    items: { oneOf: subTypes.map(({ value }) => ({ $ref: getSchemaPath(value) })) },
    example: [
      { type: 'clip', start: 2.5, end: 12 },
      { type: 'rotate', degrees: 90 },
    ],
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(subTypes.length)
  @ArrayUnique(({ type }: EditOperationDto) => type, { message: 'operations must not name a type twice' })
  @ValidateNested({ each: true })
  @Type(() => EditOperationDto, {
    discriminator: { property: 'type', subTypes },
    keepDiscriminatorProperty: true,
  })
  operations!: (ClipDto | MuteDto | RotateDto | WatermarkDto)[];
}

const MOST_SOURCES = 20;

export class ConcatDto extends EditDetailsDto {
  @ApiProperty({
    type: [String],
    minItems: 2,
    maxItems: MOST_SOURCES,
    description:
      'Videos in their order, one may occur twice. Size and frame rate are those of the first; others get bars',
    example: ['01990000-0000-7000-8000-000000000000', '01990000-0000-7000-8000-000000000001'],
  })
  @IsArray()
  @ArrayMinSize(2)
  @ArrayMaxSize(MOST_SOURCES)
  @IsUUID(undefined, { each: true })
  mediaIds!: string[];
}
