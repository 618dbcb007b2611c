import { toNumber } from '../ffmpeg/index.js';
import type { Rung } from '../../config/index.js';
import { canonicalLanguage } from '../captions/index.js';
import { ladderFor } from './ladder.js';
import { planChunks } from './plan-chunks.js';
import type { FilmProbe } from './probe.js';
import type { EncoderSettings, PlannedAudio, VideoPlan } from './video-plan.js';

export interface PlanSettings extends EncoderSettings {
  ladder: readonly Rung[];
  /** Of the first chunk, and of the others; whole segments are made of them. */
  firstChunkSeconds: number;
  chunkSeconds: number;
}

/** Short enough to start early, long enough to compress well; Apple's 6 s is for live. */
const segmentSeconds = 4;

/** Decoders of these begin in the middle, where their index says. Others seek by guessing, and frames are lost. */
const seekableDemuxers: ReadonlySet<string> = new Set(['mov', 'matroska']);
/** A time stamp that is rounded may fall before the place that was sought. */
const roundingFrames = 2;

/** Decides once what all jobs of a video have to agree on. */
export function makePlan(probe: FilmProbe, settings: PlanSettings, encoderVersion: string): VideoPlan {
  const { input, ...film } = probe;
  const { frameRate, times } = probe.video;
  const rate = toNumber(frameRate);
  const gopFrames = Math.max(1, Math.round((segmentSeconds / 2) * rate));
  const segmentFrames = 2 * gopFrames;
  const frames = Math.max(1, Math.round(pictureSeconds(probe) * rate));
  const segmentsOf = (seconds: number) => Math.max(1, Math.round((seconds * rate) / segmentFrames));
  return {
    film: { ...film, demuxer: input.demuxer },
    encoder: { preset: settings.preset, crf: settings.crf },
    encoderVersion,
    frameRate,
    frames,
    gopFrames,
    segmentFrames,
    rungs: ladderFor(probe.video, settings.ladder),
    chunks: planChunks({
      frames,
      segmentFrames,
      firstSegments: segmentsOf(settings.firstChunkSeconds),
      chunkSegments: segmentsOf(settings.chunkSeconds),
      prerollFrames: Math.ceil(times.gap * rate) + roundingFrames,
      seekable: seekableDemuxers.has(input.demuxer) && !probe.truncated,
    }),
    audio: plannedAudio(probe),
  };
}

/** Renditions begin with whichever track begins first, and their pictures last as long as the source's. */
function pictureSeconds({ video, audio }: FilmProbe): number {
  return video.times.end - Math.min(video.times.start, audio?.times.start ?? Infinity);
}

function plannedAudio({ audio }: FilmProbe): PlannedAudio[] {
  if (!audio) return [];
  const { index, language, title } = audio.stream;
  const tag = language === null ? null : canonicalLanguage(language);
  return [{ name: 'audio', streamIndex: index, channels: 2, language: tag, title: title && quotable(title) }];
}

/** The probe again, for a file at another place. */
export function filmAt({ film }: Pick<VideoPlan, 'film'>, path: string): FilmProbe {
  const { demuxer, ...probe } = film;
  return { ...probe, input: { path, demuxer } };
}

/** As a quoted string of a playlist can hold it (RFC 8216bis, 4.2). */
function quotable(text: string): string {
  return text.replace(/["\p{Cc}]/gu, ' ').trim() || 'Audio';
}
