import type { Fraction } from '../ffmpeg/index.js';
import type { LadderRung } from './ladder.js';
import { renditionKey } from './segment-cipher.js';
import { type StoredRun, videoTrack } from './stored-run.js';
import type { PlannedAudio, VideoPlan } from './video-plan.js';

/** A segment that can be played, and where it lies. */
export interface StreamSegment {
  /** From 1. */
  number: number;
  seconds: number;
  sizeBytes: number;
  /** See `EncodedSegment`. */
  keyBytes: number;
  /** Key of the object. */
  key: string;
  /** The run whose init segment it needs. */
  init: StreamInit;
}

export interface StreamInit {
  /** Number of the first segment that it serves; part of its name. */
  number: number;
  sizeBytes: number;
  key: string;
}

/** One rendition as far as it can be played: its segments without a gap from the beginning. */
export interface StreamRendition {
  name: string;
  codec: string;
  segments: StreamSegment[];
  /** What the segments are encrypted with, see `SegmentKey`; null where they are not. Init segments never are. */
  key: Buffer | null;
  /** Nothing follows. */
  ended: boolean;
}

/** A video as far as it can be played. */
export interface MediaStream {
  /** Of the processing run; part of the names of segments, which are other bytes after a reprocess. */
  generation: number;
  frameRate: Fraction;
  /** EXT-X-TARGETDURATION, see `targetDuration`. */
  targetSeconds: number;
  /** Lowest first. */
  video: (StreamRendition & { rung: LadderRung })[];
  audio: (StreamRendition & { track: PlannedAudio })[];
  /** A player can begin: there are pictures, and sound where there is to be some. */
  playable: boolean;
  /** All is there. */
  ended: boolean;
}

/** The processing run that a stream comes from. */
export interface StreamRun {
  generation: number;
  /** See `newStreamSecret`; null where nothing is encrypted. */
  secret: Buffer | null;
}

/** What can be played of a plan, by the runs that are stored, which may be in any order. */
export function mediaStream(
  plan: Pick<VideoPlan, 'frameRate' | 'segmentFrames' | 'rungs' | 'audio'>,
  runs: readonly StoredRun[],
  { generation, secret }: StreamRun,
): MediaStream {
  const byTrack = Map.groupBy(runs, ({ track }) => track);
  const renditionOf = (name: string, track: string): StreamRendition =>
    joinRuns(name, contiguous(byTrack.get(track) ?? []), secret && renditionKey(secret, name));
  const video = plan.rungs.map((rung) => ({ ...renditionOf(rung.name, videoTrack), rung }));
  const audio = plan.audio.map((track) => ({ ...renditionOf(track.name, track.name), track }));
  // A track of sound that nothing could be decoded of has ended with nothing.
  const heard = audio.filter(({ segments, ended }) => segments.length > 0 || !ended);
  const all: StreamRendition[] = [...video, ...heard];
  return {
    generation,
    frameRate: plan.frameRate,
    targetSeconds: targetDuration(plan),
    video,
    audio: heard,
    playable: all.every(({ segments }) => segments.length > 0),
    ended: all.every(({ ended }) => ended),
  };
}

/** Of AAC-LC at 48 kHz: sound can be cut at these only, up to one later than pictures. */
const soundFrameSeconds = 1024 / 48_000;

/**
 * The least that every segment, rounded to the nearest second, is at most (RFC 8216bis, 4.4.3.1); none is then over it
 * by more than half a second (Apple, 7.7). Known from the plan: it must not change while playlists grow.
 */
function targetDuration({
  frameRate,
  segmentFrames,
}: Pick<VideoPlan, 'frameRate' | 'segmentFrames'>): number {
  const longest = (segmentFrames * frameRate.den) / frameRate.num + soundFrameSeconds;
  return Math.max(1, Math.round(longest));
}

/** The runs from the beginning up to the first that is missing. */
function contiguous(runs: readonly StoredRun[]): StoredRun[] {
  const found: StoredRun[] = [];
  let next = 0;
  for (const run of runs.toSorted((a, b) => a.firstSegment - b.firstSegment)) {
    if (run.firstSegment !== next) break;
    found.push(run);
    next += Math.max(...Object.values(run.renditions).map(({ segments }) => segments.length), 0);
  }
  return found;
}

function joinRuns(name: string, runs: readonly StoredRun[], key: Buffer | null): StreamRendition {
  const segments: StreamSegment[] = [];
  let init: StreamInit | null = null;
  let hash = '';
  let codec = '';
  for (const { renditions, firstSegment, prefix } of runs) {
    const run = renditions[name];
    if (!run || run.segments.length === 0) break;
    if (init === null || run.initHash !== hash) {
      init = { number: firstSegment + 1, sizeBytes: run.initBytes, key: `${prefix}${name}/${initFile}` };
      hash = run.initHash;
    }
    codec ||= run.codec;
    for (const [at, { sizeBytes, ticks, keyBytes }] of run.segments.entries()) {
      const number = firstSegment + at + 1;
      const seconds = ticks / run.timescale;
      segments.push({
        number,
        seconds,
        sizeBytes,
        keyBytes,
        key: `${prefix}${name}/${segmentFile(number)}`,
        init,
      });
    }
  }
  return { name, codec, segments, key, ended: runs.at(-1)?.last ?? false };
}

/** Of every run, beside its segments. */
export const initFile = 'init.mp4';

/** @param number from 1, through the whole video */
export function segmentFile(number: number): string {
  return `${String(number).padStart(5, '0')}.m4s`;
}
