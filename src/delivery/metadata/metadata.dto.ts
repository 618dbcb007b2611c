import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { MediaAnalysis } from '../../media/index.js';
import { AnalysisDto } from './analysis.dto.js';
import type { MediaDescription } from './media-description.service.js';

export class PaletteColorDto {
  @ApiProperty({ description: 'sRGB', example: '#3a5f8c' })
  color!: string;

  @ApiProperty({ description: 'Of the visible area, 0 to 1', example: 0.42 })
  share!: number;
}

export class LocationDto {
  @ApiProperty({ description: 'Degrees, WGS 84', example: 54.535833 })
  latitude!: number;

  @ApiProperty({ description: 'Degrees, WGS 84', example: 13.678056 })
  longitude!: number;

  @ApiProperty({ type: Number, nullable: true, example: 12.5 })
  altitudeMeters!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Clockwise from north', example: 270 })
  directionDegrees!: number | null;
}

/** All that is known of a media, but for what its owner says of it. */
export class MediaMetadataDto {
  @ApiProperty({ format: 'uuid', example: '01990000-0000-7000-8000-000000000000' })
  id!: string;

  @ApiProperty({ description: 'As found in the bytes', example: 'image/jpeg' })
  contentType!: string;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Pixels as displayed', example: 4032 })
  width!: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Pixels as displayed', example: 3024 })
  height!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Seconds', example: null })
  duration!: number | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Found in the bytes: format, codecs, bit rates, frame rate, colour space …',
    example: { format: 'jpeg', colorSpace: 'srgb', hasAlpha: false, frames: 1 },
  })
  technical!: Record<string, unknown>;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'How the picture was taken; never where, by whom or with which very device',
    example: { make: 'LGE', model: 'Nexus 5X', takenAt: '2018-07-22T14:03:05' },
  })
  exif!: Record<string, unknown> | null;

  @ApiPropertyOptional({
    type: LocationDto,
    nullable: true,
    description: 'With `include=gps` only; null when the original does not say',
  })
  gps?: LocationDto | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The colour with the largest share',
    example: '#3a5f8c',
  })
  dominantColor!: string | null;

  @ApiProperty({
    type: [PaletteColorDto],
    description: 'At most six, largest share first; of a video or a sound those of its poster or cover',
  })
  palette!: PaletteColorDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Base64; the same as placeholder',
    example: '3OcRJYB4d3h/iIeHeEh3eIhw+j2w',
  })
  thumbhash!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj' })
  blurhash!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: '64 bits in hex; pictures that look alike differ in few of them',
    example: 'c3d2a1b0f0e1d2c3',
  })
  perceptualHash!: string | null;

  @ApiProperty({ type: [String], description: 'Given by the owner', example: ['beach'] })
  tags!: string[];

  @ApiProperty({ type: [String], description: 'Suggested by the analysis', example: ['dog', 'face'] })
  autoTags!: string[];

  @ApiProperty({
    type: AnalysisDto,
    nullable: true,
    description: 'What was seen in the picture; null when it was not analysed, or not yet',
  })
  analysis!: AnalysisDto | null;
}

/** What stands in a media's metadata under names of its own here. */
interface KnownFacts {
  exif?: Record<string, unknown>;
  palette?: PaletteColorDto[];
  blurhash?: string;
  analysis?: MediaAnalysis;
}

export function toMediaMetadataDto({ media, location }: MediaDescription): MediaMetadataDto {
  const { exif, palette = [], blurhash, analysis, ...technical } = media.metadata as KnownFacts;
  return {
    id: media.id,
    contentType: media.contentType,
    width: media.width,
    height: media.height,
    duration: media.durationMs === null ? null : media.durationMs / 1000,
    technical,
    exif: exif ?? null,
    ...(location !== undefined && { gps: location }),
    dominantColor: palette[0]?.color ?? null,
    palette,
    thumbhash: media.placeholder,
    blurhash: blurhash ?? null,
    perceptualHash: media.phash === null ? null : toHex(media.phash),
    tags: media.tags,
    autoTags: media.autoTags,
    analysis: analysis ?? null,
  };
}

/** It is kept as a signed number. */
function toHex(hash: bigint): string {
  return BigInt.asUintN(64, hash).toString(16).padStart(16, '0');
}
