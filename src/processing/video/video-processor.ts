import type { ProcessingConfig } from '../../config/index.js';
import type { MediaTools } from '../ffmpeg/index.js';
import { type AudioRequest, encodeAudio, type EncodedAudio } from './encode-audio.js';
import { type ChunkRequest, encodeChunk, type EncodedChunk } from './encode-chunk.js';
import { filmAt, makePlan } from './make-plan.js';
import { type Mp4File, type Mp4Request, writeMp4 } from './mp4-rendition.js';
import { takePoster } from './poster.js';
import { type FilmProbe, probeVideo, type ProbeRequest, type VideoProbe } from './probe.js';
import type { VideoPlan } from './video-plan.js';

/** A plan, and where the file lies that it is for. */
export interface SourceOfPlan {
  plan: VideoPlan;
  path: string;
}

export type VideoSettings = Readonly<ProcessingConfig['video']>;

/**
 * The steps that make of a video file what viewers need. Local files in, local files out; nothing is stored here.
 * Each may be done again after a crash, in another directory, and each throws the errors of its own function:
 * below 500 they are the video's fault and final, else a retry may succeed.
 */
export class VideoProcessor {
  constructor(
    private readonly tools: MediaTools,
    private readonly settings: VideoSettings,
  ) {}

  /** See `probeVideo`; a probe that `isFilm` can be planned, sound alone is the audio part's. */
  probe(request: Omit<ProbeRequest, 'limits'>): Promise<VideoProbe> {
    return probeVideo(this.tools, { ...request, limits: this.settings });
  }

  plan(probe: FilmProbe): VideoPlan {
    return makePlan(probe, this.settings, this.tools.binaries.ffmpeg.version);
  }

  encodeChunk(
    { plan, path }: SourceOfPlan,
    request: Omit<ChunkRequest, 'film' | 'plan' | 'limits'>,
  ): Promise<EncodedChunk> {
    return encodeChunk(this.tools, { ...request, film: filmAt(plan, path), plan, limits: this.settings });
  }

  encodeAudio(
    { plan, path }: SourceOfPlan,
    request: Omit<AudioRequest, 'input' | 'plan' | 'limits'>,
  ): Promise<EncodedAudio> {
    const { input } = filmAt(plan, path);
    return encodeAudio(this.tools, { ...request, input, plan, limits: this.settings });
  }

  /** @returns where the JPEG lies, of the display size; thumbnails are the image part's */
  takePoster({ plan, path }: SourceOfPlan, outDir: string, signal?: AbortSignal): Promise<string> {
    return takePoster(this.tools, { probe: filmAt(plan, path), outDir, limits: this.settings, signal });
  }

  writeMp4(request: Omit<Mp4Request, 'limits'>): Promise<Mp4File> {
    return writeMp4(this.tools, { ...request, limits: this.settings });
  }
}
