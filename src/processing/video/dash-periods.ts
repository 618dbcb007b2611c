import type { MediaStream, StreamRendition, StreamSegment } from './media-stream.js';

/** The part of a rendition that lies in a period. */
export interface DashRendition {
  name: string;
  codec: string;
  /** Of its first segment, from the beginning of the video. */
  startSeconds: number;
  segments: StreamSegment[];
}

/** A stretch of the video in which no rendition changes its init segment. */
export interface DashPeriod {
  startSeconds: number;
  seconds: number;
  video: DashRendition[];
  audio: DashRendition[];
}

/** Segments of pictures and sound have the same numbers for the same times, so that both are cut by number. */
export function dashPeriods({ video, audio }: Pick<MediaStream, 'video' | 'audio'>): DashPeriod[] {
  const all = [...video, ...audio];
  const starts = new Set(all.flatMap(({ segments }) => segments.map(({ init }) => init.number)));
  const cuts = [...starts].toSorted((a, b) => a - b);
  const first = video[0];
  return cuts.map((from, at) => {
    const to = cuts[at + 1] ?? Infinity;
    const pictures = video.map((rendition) => partOf(rendition, from, to));
    return {
      startSeconds: first ? lengthOf(first.segments.filter(({ number }) => number < from)) : 0,
      seconds: lengthOf(pictures[0]?.segments ?? []),
      video: pictures,
      audio: audio
        .map((rendition) => partOf(rendition, from, to))
        .filter(({ segments }) => segments.length > 0),
    };
  });
}

function partOf({ name, codec, segments }: StreamRendition, from: number, to: number): DashRendition {
  return {
    name,
    codec,
    startSeconds: lengthOf(segments.filter(({ number }) => number < from)),
    segments: segments.filter(({ number }) => number >= from && number < to),
  };
}

function lengthOf(segments: readonly StreamSegment[]): number {
  return segments.reduce((sum, { seconds }) => sum + seconds, 0);
}
