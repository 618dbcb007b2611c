import { videoTrack } from './stored-run.js';
import type { VideoPlan } from './video-plan.js';

/** What is known of a stored run without its segments. */
export interface RunSummary {
  track: string;
  firstSegment: number;
  segments: number;
  frames: number;
  last: boolean;
}

export interface PlanProgress {
  /** 0–99: the whole is done when the media is ready. */
  percent: number;
  /** Encoded so far. */
  frames: number;
  playable: boolean;
  /** All runs are stored. */
  done: boolean;
  /** Indexes of the chunks that are not. */
  missingChunks: number[];
  /** Names of the tracks of sound that have not ended. */
  missingAudio: string[];
}

type Planned = Pick<VideoPlan, 'chunks' | 'audio' | 'frames'>;

/** How far a plan has been carried out. */
export function planProgress({ chunks, audio, frames }: Planned, runs: readonly RunSummary[]): PlanProgress {
  const has = (track: string, firstSegment: number) =>
    runs.some((run) => run.track === track && run.firstSegment === firstSegment);
  const missingChunks = chunks.flatMap(({ firstSegment }, index) =>
    has(videoTrack, firstSegment) ? [] : [index],
  );
  const missingAudio = audio
    .map(({ name }) => name)
    .filter((name) => !runs.some(({ track, last }) => track === name && last));
  const encoded = runs.reduce((sum, run) => sum + run.frames, 0);
  return {
    percent: percentOf(encoded, frames),
    frames: encoded,
    playable: has(videoTrack, 0) && audio.every(({ name }) => has(name, 0)),
    done: missingChunks.length === 0 && missingAudio.length === 0,
    missingChunks,
    missingAudio,
  };
}

export function percentOf(frames: number, total: number): number {
  return Math.min(99, Math.floor((frames / Math.max(total, 1)) * 100));
}
