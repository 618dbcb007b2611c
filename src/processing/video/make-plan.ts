import { toNumber } from '../ffmpeg/index.js';
import type { Rung } from '../../config/index.js';
import { canonicalLanguage } from '../captions/index.js';
import { ladderFor } from './ladder.js';
import { planChunks } from './plan-chunks.js';
import type { AudioTrack, FilmProbe } from './probe.js';
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
  const heldSeconds = Math.min(heldPicture(probe), settings.chunkSeconds);
  const frames = Math.max(1, Math.round((times.end - probe.startSeconds + heldSeconds) * rate));
  const segmentsOf = (seconds: number) => Math.max(1, Math.round((seconds * rate) / segmentFrames));
  return {
    film: { ...film, demuxer: input.demuxer },
    encoder: { preset: settings.preset, crf: settings.crf },
    encoderVersion,
    frameRate,
    frames,
    heldSeconds,
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
    audio: plannedAudio(probe, times.end + heldSeconds),
  };
}

/** Where sound goes on behind the last picture, that one stands meanwhile: all renditions have to end together. */
function heldPicture(probe: FilmProbe): number {
  const soundEnd = Math.max(...allAudio(probe).map(({ times }) => times.end));
  return Math.max(0, soundEnd - probe.video.times.end);
}

function allAudio({ audio, moreAudio }: FilmProbe): AudioTrack[] {
  return audio ? [audio, ...moreAudio] : [];
}

function plannedAudio(probe: FilmProbe, end: number): PlannedAudio[] {
  const titles = new Set<string>();
  return allAudio(probe).map(({ stream: { index, language, title }, times }, at) => ({
    name: at === 0 ? 'audio' : `audio${at + 1}`,
    streamIndex: index,
    channels: 2,
    language: language === null ? null : canonicalLanguage(language),
    title: distinct(title === null ? 'Audio' : quotable(title), titles),
    silentSeconds: Math.max(0, end - times.end),
  }));
}

/** Names within a group of renditions have to differ (RFC 8216bis, 4.4.6.1.1). */
function distinct(title: string, taken: Set<string>): string {
  let name = title;
  for (let at = 2; taken.has(name); at += 1) name = `${title} ${at}`;
  taken.add(name);
  return name;
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
