import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { Flag, Integer, List } from './env.js';
import { defineSlice } from './slice.js';

/** One rung of the transcoding ladder: the short side in pixels and the video bit rate. */
export interface Rung {
  shortSide: number;
  bitrateKbps: number;
}

const GIB = 1024 ** 3;

/** What a transcode is to be: cheap, balanced or good. The caps are those of the rungs, the CRF holds below them. */
const videoProfiles = {
  fast: { preset: 'superfast', crf: 25, ladder: ['480p:1200k', '720p:2400k', '1080p:4500k'] },
  standard: { preset: 'veryfast', crf: 23, ladder: ['480p:1400k', '720p:2800k', '1080p:5000k'] },
  quality: { preset: 'medium', crf: 21, ladder: ['480p:1800k', '720p:3600k', '1080p:6500k'] },
};
type VideoProfile = keyof typeof videoProfiles;

const audioFormats = ['mp3', 'opus'] as const;

/** One file of sound that is made of an audio media. */
export interface AudioFormat {
  format: (typeof audioFormats)[number];
  bitrateKbps: number;
}

class ProcessingEnv {
  @IsOptional() @IsString() FFMPEG_PATH: string | undefined = undefined;
  @IsOptional() @IsString() FFPROBE_PATH: string | undefined = undefined;
  @Integer() @IsInt() @Min(1) IMAGE_MAX_PIXELS = 50_000_000;
  @Integer() @IsInt() @Min(1) IMAGE_MAX_OUTPUT_PIXELS = 40_000_000;
  @Integer() @IsInt() @Min(1) IMAGE_MAX_FRAMES = 256;
  @Integer() @IsInt() @Min(1) IMAGE_TIMEOUT_SECONDS = 30;
  @Integer() @IsInt() @Min(1) IMAGE_OPTIMIZED_MAX_SIDE = 2560;
  @Integer() @IsInt() @Min(1) @Max(16) IMAGE_DECODERS = 1;
  @Flag() @IsBoolean() IMAGE_JXL = false;
  @IsIn(Object.keys(videoProfiles)) VIDEO_PROFILE: VideoProfile = 'standard';
  @List() @IsString({ each: true }) VIDEO_LADDER: string[] = [];
  @IsOptional() @IsString() VIDEO_PRESET: string | undefined = undefined;
  @IsOptional() @Integer() @IsInt() @Min(10) @Max(40) VIDEO_CRF: number | undefined = undefined;
  @Integer() @IsInt() @Min(4) @Max(60) VIDEO_FIRST_CHUNK_SECONDS = 4;
  @Integer() @IsInt() @Min(4) @Max(3600) VIDEO_CHUNK_SECONDS = 20;
  @Integer() @IsInt() @Min(1) VIDEO_SCRATCH_BYTES = 8 * GIB;
  @Integer() @IsInt() @Min(0) SOURCE_CACHE_BYTES = 20 * GIB;
  @Integer() @IsInt() @Min(0) SCRATCH_MIN_FREE_BYTES = GIB;
  @Flag() @IsBoolean() VIDEO_MP4 = false;
  @IsIn(['none', 'aes-128']) VIDEO_ENCRYPTION: 'none' | 'aes-128' = 'none';
  @Flag() @IsBoolean() VIDEO_KEEP_UNDECODABLE = false;
  @Integer() @IsInt() @Min(1) VIDEO_MAX_PIXELS = 3840 * 2160;
  @Integer() @IsInt() @Min(1) VIDEO_MAX_DURATION_SECONDS = 4 * 3600;
  @Integer() @IsInt() @Min(1) VIDEO_TIMEOUT_SECONDS = 6 * 3600;
  @List() @IsString({ each: true }) AUDIO_RENDITIONS: string[] = ['mp3:128k', 'opus:96k'];
  @IsOptional() @Integer() @IsInt() @Min(-40) @Max(-5) AUDIO_NORMALIZE_LUFS: number | undefined = undefined;
  @Integer() @IsInt() @Min(1) @Max(64) WORKER_CONCURRENCY = 4;
  @Integer() @IsInt() @Min(1) @Max(64) VIDEO_CONCURRENCY = 1;
  @Integer() @IsInt() @Min(1) @Max(64) EDIT_CONCURRENCY = 1;
  @Integer() @IsInt() @Min(1) MAX_OPEN_EDITS_PER_USER = 10;
  @Integer() @IsInt() @Min(1) @Max(256) IMPORT_CONCURRENCY = 4;
  @List() @IsString({ each: true }) WEBHOOK_URLS: string[] = [];
  @IsOptional() @IsString() WEBHOOK_SECRET: string | undefined = undefined;
}

export const processingConfig = defineSlice('processing', ProcessingEnv, (env, report) => {
  if (env.WEBHOOK_URLS.length > 0 && !env.WEBHOOK_SECRET) {
    report('WEBHOOK_SECRET', 'must be set when WEBHOOK_URLS is');
  }
  if (
    env.WEBHOOK_SECRET?.startsWith('whsec_') &&
    !/^whsec_[A-Za-z0-9+/]{4,}={0,2}$/.test(env.WEBHOOK_SECRET)
  ) {
    report('WEBHOOK_SECRET', 'must be base64 after whsec_');
  }
  const profile = videoProfiles[env.VIDEO_PROFILE];
  return {
    ffmpegPath: env.FFMPEG_PATH ?? null,
    ffprobePath: env.FFPROBE_PATH ?? null,
    /** Originals that one worker keeps of a store that it can't read in place. */
    sourceCacheBytes: env.SOURCE_CACHE_BYTES,
    /** With less room for temporary files no job is begun. */
    minFreeBytes: env.SCRATCH_MIN_FREE_BYTES,
    image: {
      /** All frames counted. */
      maxPixels: env.IMAGE_MAX_PIXELS,
      maxOutputPixels: env.IMAGE_MAX_OUTPUT_PIXELS,
      /** Animations of more are shown by their first frame. */
      maxFrames: env.IMAGE_MAX_FRAMES,
      timeoutSeconds: env.IMAGE_TIMEOUT_SECONDS,
      optimizedMaxSide: env.IMAGE_OPTIMIZED_MAX_SIDE,
      /** Pictures that one worker process decodes at once by other means than libvips. */
      decoders: env.IMAGE_DECODERS,
      /** JPEG XL is decoded. */
      jxl: env.IMAGE_JXL,
    },
    video: {
      ladder: parseLadder(env.VIDEO_LADDER.length > 0 ? env.VIDEO_LADDER : profile.ladder, (message) =>
        report('VIDEO_LADDER', message),
      ),
      preset: env.VIDEO_PRESET ?? profile.preset,
      /** Constant rate factor; each rung's bit rate caps it. */
      crf: env.VIDEO_CRF ?? profile.crf,
      /** What one job encodes, in whole segments; the first is short, so that playing can begin. */
      firstChunkSeconds: env.VIDEO_FIRST_CHUNK_SECONDS,
      chunkSeconds: env.VIDEO_CHUNK_SECONDS,
      /** Temporary files of one job. */
      scratchBytes: env.VIDEO_SCRATCH_BYTES,
      /** Also write a faststart MP4 per rendition. */
      mp4: env.VIDEO_MP4,
      maxPixels: env.VIDEO_MAX_PIXELS,
      maxDurationSeconds: env.VIDEO_MAX_DURATION_SECONDS,
      timeoutSeconds: env.VIDEO_TIMEOUT_SECONDS,
    },
    /** Segments of videos are encrypted, from the next run of each on. */
    encryptVideos: env.VIDEO_ENCRYPTION === 'aes-128',
    /** Videos that nothing here decodes become ready, for download alone. */
    keepUndecodable: env.VIDEO_KEEP_UNDECODABLE,
    audio: {
      /** Files that are made beside the HLS stream. */
      renditions: parseAudioRenditions(env.AUDIO_RENDITIONS, (message) =>
        report('AUDIO_RENDITIONS', message),
      ),
      /** Integrated loudness (EBU R128) that all that is made is brought to; null leaves it as it is. */
      normalizeLufs: env.AUDIO_NORMALIZE_LUFS ?? null,
    },
    /** Edits of one user that wait or run. */
    maxOpenEditsPerUser: env.MAX_OPEN_EDITS_PER_USER,
    /** Jobs that one worker process runs at once. */
    concurrency: {
      media: env.WORKER_CONCURRENCY,
      video: env.VIDEO_CONCURRENCY,
      editing: env.EDIT_CONCURRENCY,
      imports: env.IMPORT_CONCURRENCY,
    },
    webhooks: { urls: env.WEBHOOK_URLS, secret: env.WEBHOOK_SECRET ?? '' },
  };
});
export type ProcessingConfig = ReturnType<typeof processingConfig.read>;

/** Reads `720p:2800k` items into rungs, lowest first. */
function parseLadder(items: string[], report: (message: string) => void): Rung[] {
  const rungs = items.flatMap((item) => {
    const match = /^(\d{2,4})p:(\d{2,6})k$/.exec(item);
    return match ? [{ shortSide: Number(match[1]), bitrateKbps: Number(match[2]) }] : [];
  });
  if (rungs.length !== items.length || rungs.length === 0) {
    report('must be a list like 480p:1400k,720p:2800k');
  }
  if (rungs.some((rung) => rung.shortSide % 2 !== 0)) report('must name even sizes');
  return rungs.toSorted((a, b) => a.shortSide - b.shortSide);
}

/** Reads `mp3:128k` items; each format once. */
function parseAudioRenditions(items: string[], report: (message: string) => void): AudioFormat[] {
  const formats = items.flatMap((item) => {
    const match = /^(\w+):(\d{2,3})k$/.exec(item);
    const format = audioFormats.find((known) => known === match?.[1]);
    return format ? [{ format, bitrateKbps: Number(match?.[2]) }] : [];
  });
  if (formats.length !== items.length || new Set(formats.map(({ format }) => format)).size !== items.length) {
    report('must be a list like mp3:128k,opus:96k, each format once');
  }
  if (formats.some(({ bitrateKbps }) => bitrateKbps < 32 || bitrateKbps > 320)) {
    report('must name bit rates from 32k to 320k');
  }
  return formats;
}
