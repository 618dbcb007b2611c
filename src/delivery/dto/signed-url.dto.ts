import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Length, Matches, Min } from 'class-validator';

export class SignUrlDto {
  @ApiProperty({
    description:
      'What follows `/v1/media/{id}/`: download, stream, thumbnail, image, resize, convert, variants/{name}, captions, captions/{language}, each with its query, waveform, waveform.png, storyboard/storyboard.vtt, which opens its sheets, or hls/master.m3u8, dash/manifest.mpd or watch (the page that plays it): each of these three opens all playlists and segments of the video, its captions, thumbnails and storyboard',
    example: 'thumbnail?size=medium',
  })
  @IsString()
  @Length(1, 2000)
  @Matches(
    /^(?:(?:download|stream|thumbnail|image|resize|convert|waveform(?:\.png)?|variants\/[\w-]+|captions(?:\/[A-Za-z0-9-]{2,35})?)(?:\?[\x21-\x7e]*)?|hls\/master\.m3u8|dash\/manifest\.mpd|storyboard\/storyboard\.vtt|watch)$/,
    {
      message: 'target must name something that can be read',
    },
  )
  target!: string;

  @ApiProperty({
    type: 'integer',
    minimum: 60,
    description:
      'Seconds. The URL holds at least this long, and up to a quarter (at most an hour) longer, so that caches see few URLs',
    example: 3600,
  })
  @IsInt()
  @Min(60)
  expiresIn!: number;
}

export class SignedUrlDto {
  @ApiProperty({
    description: 'Needs no header',
    example:
      'http://localhost:3000/v1/signed/AQA…/media/01990000-0000-7000-8000-000000000000/thumbnail?size=medium',
  })
  url!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T01:00:00.000Z' })
  expiresAt!: string;
}
