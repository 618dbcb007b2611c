import { ApiProperty } from '@nestjs/swagger';
import { type VariantKind, variantKinds, type VariantView } from '../../media/index.js';

export class VariantDto {
  @ApiProperty({ enum: variantKinds, example: 'rendition' })
  kind!: VariantKind;

  @ApiProperty({ example: '720p' })
  name!: string;

  @ApiProperty({ example: 'application/vnd.apple.mpegurl' })
  contentType!: string;

  @ApiProperty({ type: 'integer', nullable: true, example: 1280 })
  width!: number | null;

  @ApiProperty({ type: 'integer', nullable: true, example: 720 })
  height!: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Bits per second', example: 2_800_000 })
  bitrate!: number | null;

  @ApiProperty({ type: 'integer', description: 'Bytes', example: 1_048_576 })
  size!: number;

  @ApiProperty({ example: '/v1/media/01990000-0000-7000-8000-000000000000/hls/720p/index.m3u8' })
  url!: string;
}

export class VariantsDto {
  @ApiProperty({ type: [VariantDto] })
  items!: VariantDto[];
}

export function toVariantDto(mediaId: string, variant: VariantView): VariantDto {
  const { kind, name, contentType, width, height, bitrate, sizeBytes } = variant;
  return {
    kind,
    name,
    contentType,
    width,
    height,
    bitrate,
    size: sizeBytes,
    url: `/v1/media/${mediaId}/${pathOf(variant)}`,
  };
}

function pathOf({ kind, name, language }: VariantView): string {
  if (kind === 'captions') return `captions/${language}`;
  if (kind === 'hls') return 'hls/master.m3u8';
  if (kind === 'waveform') return name === 'waveform' ? 'waveform' : 'waveform.png';
  if (kind === 'storyboard') return 'storyboard/storyboard.vtt';
  if (kind === 'rendition') return `hls/${name}/index.m3u8`;
  return `variants/${name}`;
}
