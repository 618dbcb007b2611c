import type { Fraction } from '../ffmpeg/index.js';
import type { LadderRung } from './ladder.js';
import type { FilmProbe } from './probe.js';

/** A probe without the place where the file was read: plain JSON. */
export type PlannedFilm = Omit<FilmProbe, 'input'> & { demuxer: string };

/** A stretch of the video that one job encodes: whole segments, seen from the first frame of the output. */
export interface PlannedChunk {
  startFrame: number;
  frames: number;
  /** From 0. */
  firstSegment: number;
  segments: number;
  /** Frames in front of it that are decoded and dropped: the picture that stands at its start may have come earlier. */
  prerollFrames: number;
}

/** A track of sound; each becomes a rendition of its own, encoded once for the whole file. */
export interface PlannedAudio {
  /** Of the rendition and its directory: `audio`; unique within a video. */
  name: string;
  /** Of the stream in the source. */
  streamIndex: number;
  channels: number;
  /** BCP 47, where the file says it. */
  language?: string | null;
  /** For people, where the file has one. */
  title?: string | null;
  /** That follow its end, until that of the pictures. */
  silentSeconds: number;
}

/** How hard x264 works, and for what quality. */
export interface EncoderSettings {
  preset: string;
  /** Constant rate factor, capped by each rung's bit rate. */
  crf: number;
}

/** Everything that must be the same in all chunks of a video, decided once. */
export interface VideoPlan {
  film: PlannedFilm;
  encoder: EncoderSettings;
  /** Build of ffmpeg that planned; another one may encode, and brings its own init segments. */
  encoderVersion: string;
  frameRate: Fraction;
  /** Of the whole video; the last chunk may turn out a little shorter or longer. */
  frames: number;
  /** Of them at the end, for which the last picture stands because sound goes on. */
  heldSeconds: number;
  gopFrames: number;
  /** Two GOPs. */
  segmentFrames: number;
  rungs: LadderRung[];
  chunks: PlannedChunk[];
  audio: PlannedAudio[];
}
