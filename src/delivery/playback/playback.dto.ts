import { ApiProperty } from '@nestjs/swagger';
import { type MediaStatus, mediaStatuses } from '../../media/index.js';

/** Paths are relative to the directory of the answer, so that they hold below a signed URL too. */
export class PlaybackDto {
  @ApiProperty({ description: 'Name of the file, without its extension', example: 'Ferien' })
  title!: string;

  @ApiProperty({ enum: mediaStatuses, example: 'processing' })
  status!: MediaStatus;

  @ApiProperty({ description: 'A player can begin, also before the status is ready', example: true })
  playable!: boolean;

  @ApiProperty({ type: 'integer', description: 'Percent of the processing that is done', example: 40 })
  progress!: number;

  @ApiProperty({ type: 'number', nullable: true, description: 'Seconds; known early', example: 61.4 })
  duration!: number | null;

  @ApiProperty({ type: 'string', nullable: true, example: 'hls/master.m3u8' })
  hls!: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'Once all of the video is there; not of an encrypted one',
    example: 'dash/manifest.mpd',
  })
  dash!: string | null;

  @ApiProperty({ type: 'string', nullable: true, example: 'thumbnail?size=large' })
  poster!: string | null;

  @ApiProperty({ type: 'string', nullable: true, example: 'storyboard/storyboard.vtt' })
  storyboard!: string | null;
}
