import { ApiProperty } from '@nestjs/swagger';
import { type Visibility, visibilities } from '../../auth/index.js';
import type { Media } from '../entities/media.entity.js';
import { type MediaKind, mediaKinds, type MediaStatus, mediaStatuses } from '../media-status.js';

export class FailureDto {
  @ApiProperty({ description: 'Stable; listed in docs/errors.md', example: 'IMAGE_CORRUPT' })
  code!: string;

  @ApiProperty({ example: 'The image can not be decoded' })
  detail!: string;
}

export class MediaDto {
  @ApiProperty({ format: 'uuid', example: '01990000-0000-7000-8000-000000000000' })
  id!: string;

  @ApiProperty({ example: 'alice' })
  ownerId!: string;

  @ApiProperty({ type: String, nullable: true, example: 'acme' })
  orgId!: string | null;

  @ApiProperty({ example: 'Ferien 🏖.jpg' })
  filename!: string;

  @ApiProperty({ description: 'As found in the bytes', example: 'image/jpeg' })
  contentType!: string;

  @ApiProperty({ enum: mediaKinds, example: 'image' })
  kind!: MediaKind;

  @ApiProperty({ type: 'integer', description: 'Bytes', example: 4_213_377 })
  size!: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Lower-case hex; null until the bytes are hashed, which may follow the upload',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  })
  sha256!: string | null;

  @ApiProperty({ enum: mediaStatuses, example: 'ready' })
  status!: MediaStatus;

  @ApiProperty({ type: 'integer', description: 'Percent of the processing that is done', example: 100 })
  progress!: number;

  @ApiProperty({
    description: 'A player can begin: with a video also while it is still being processed',
    example: false,
  })
  playable!: boolean;

  @ApiProperty({ enum: visibilities, example: 'private' })
  visibility!: Visibility;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Pixels as displayed', example: 4032 })
  width!: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Pixels as displayed', example: 3024 })
  height!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Seconds', example: null })
  duration!: number | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Technical facts found in the bytes',
    example: { format: 'jpeg', colourSpace: 'srgb' },
  })
  metadata!: Record<string, unknown>;

  @ApiProperty({ type: [String], example: ['beach'] })
  tags!: string[];

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: "The client's own",
    example: { album: 'Summer' },
  })
  customMetadata!: Record<string, unknown>;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Thumbhash, base64',
    example: '3OcRJYB4d3h/iIeHeEh3eIhw+j2w',
  })
  placeholder!: string | null;

  @ApiProperty({ type: FailureDto, nullable: true, description: 'Why the media is failed or quarantined' })
  failure!: FailureDto | null;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  updatedAt!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it went to the trash',
    example: null,
  })
  deletedAt!: string | null;
}

export class MediaPageDto {
  @ApiProperty({ type: [MediaDto] })
  items!: MediaDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Null on the last page', example: null })
  nextCursor!: string | null;
}

/** The media as clients see it. */
export function toMediaDto(media: Media): MediaDto {
  return {
    id: media.id,
    ownerId: media.ownerId,
    orgId: media.orgId,
    filename: media.filename,
    contentType: media.contentType,
    kind: media.kind,
    size: media.sizeBytes,
    sha256: media.sha256,
    status: media.status,
    progress: media.progress,
    playable: media.playable,
    visibility: media.visibility,
    width: media.width,
    height: media.height,
    duration: media.durationMs === null ? null : media.durationMs / 1000,
    metadata: media.metadata,
    tags: media.tags,
    customMetadata: media.customMetadata,
    placeholder: media.placeholder,
    failure:
      media.failureCode === null ? null : { code: media.failureCode, detail: media.failureDetail ?? '' },
    createdAt: media.createdAt.toISOString(),
    updatedAt: media.updatedAt.toISOString(),
    deletedAt: media.deletedAt?.toISOString() ?? null,
  };
}
