import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessingConfig } from '../../config/index.js';
import { ffmpegErrors, type MediaTools, saysDiskFull } from '../ffmpeg/index.js';
import { masterName } from './hls-files.js';
import { ladderFor } from './ladder.js';
import { type Mp4File, writeMp4 } from './mp4-rendition.js';
import { takePoster } from './poster.js';
import { type FilmProbe, probeVideo, type ProbeRequest, type VideoProbe } from './probe.js';
import { technicalMetadata, type VideoMetadata } from './technical-metadata.js';
import { collectRenditions, describeVariants, type EncodedVideo } from './renditions.js';
import { transcode } from './transcode.js';

export interface ProcessRequest {
  probe: FilmProbe;
  /** Private, empty; everything that is made goes into it. */
  outDir: string;
  /** 0–100, whole, rising. */
  onProgress?: (percent: number) => void;
  signal?: AbortSignal;
}

export interface Rendition {
  /** `720p` */
  name: string;
  width: number;
  height: number;
  /** Measured average of the video, without sound. */
  bitrateKbps: number;
  /** RFC 6381, video and sound. */
  codecs: string;
  /** All its segments, without sound. */
  sizeBytes: number;
  /** A single file with sound, when so configured. */
  mp4: Mp4File | null;
}

export interface ProcessedVideo {
  /** As displayed. */
  width: number;
  height: number;
  durationMs: number;
  metadata: VideoMetadata;
  /** A JPEG of the display size; thumbnails are the image part's. */
  posterPath: string;
  /** Holds `master.m3u8` and what it refers to. */
  hlsDir: string;
  renditions: Rendition[];
  /** All segments of the sound, which the renditions share; 0 without sound. */
  audioSizeBytes: number;
  /** The input was damaged: what could be decoded is there. */
  damaged: boolean;
}

/** Makes of a video file all that viewers need. Local files in, local files out; nothing is stored here. */
export class VideoProcessor {
  constructor(
    private readonly tools: MediaTools,
    private readonly settings: Readonly<ProcessingConfig['video']>,
  ) {}

  /** See `probeVideo`; a probe that `isFilm` goes into `process`, sound alone is the audio part's. */
  probe(request: Omit<ProbeRequest, 'limits'>): Promise<VideoProbe> {
    return probeVideo(this.tools, { ...request, limits: this.settings });
  }

  /**
   * May be called again after a crash, with another directory.
   * @throws VIDEO_CORRUPT, VIDEO_TOO_LARGE, VIDEO_TIMEOUT: the video's fault, final
   * @throws TRANSCODER_FAILED, SCRATCH_FULL: ours, a retry may succeed; the signal's reason
   */
  async process({ probe, outDir, onProgress, signal }: ProcessRequest): Promise<ProcessedVideo> {
    const { tools, settings: limits } = this;
    const hlsDir = join(outDir, 'hls');
    await mkdir(hlsDir, { recursive: true });
    const posterPath = await takePoster(tools, { probe, outDir, limits, signal });
    const rungs = ladderFor(probe.video, limits.ladder);
    const { preset } = limits;
    const request = { probe, rungs, outDir: hlsDir, preset, limits, onProgress, signal };
    const complaints = await transcode(tools, request);
    if (saysDiskFull(complaints)) throw ffmpegErrors.SCRATCH_FULL();
    const damaged = complaints !== '' || probe.truncated;
    const encoded = await collectRenditions(hlsDir, { probe, rungs, damaged });
    await writeFile(join(hlsDir, masterName), describeVariants(probe, encoded));
    const renditions = await this.#describe(encoded, { hlsDir, mp4Dir: join(outDir, 'mp4'), signal });
    onProgress?.(100);
    return {
      width: probe.video.width,
      height: probe.video.height,
      durationMs: probe.durationMs,
      metadata: technicalMetadata(probe),
      posterPath,
      hlsDir,
      renditions,
      audioSizeBytes: encoded.audio?.sizeBytes ?? 0,
      damaged,
    };
  }

  async #describe(
    { rungs, audio }: EncodedVideo,
    { hlsDir, mp4Dir, signal }: { hlsDir: string; mp4Dir: string; signal: AbortSignal | undefined },
  ): Promise<Rendition[]> {
    const renditions: Rendition[] = [];
    for (const { rung, encoded } of rungs) {
      const request = { video: encoded, audio, hlsDir, limits: this.settings, signal };
      const path = join(mp4Dir, `${rung.name}.mp4`);
      renditions.push({
        name: rung.name,
        width: rung.width,
        height: rung.height,
        bitrateKbps: Math.round(encoded.rates.average / 1000),
        codecs: [encoded.codec, audio?.codec].filter(Boolean).join(','),
        sizeBytes: encoded.sizeBytes,
        mp4: this.settings.mp4 ? await writeMp4(this.tools, { ...request, path }) : null,
      });
    }
    return renditions;
  }
}
