import type { PlannedChunk } from './video-plan.js';

export interface ChunkRules {
  /** Of the whole video. */
  frames: number;
  segmentFrames: number;
  /** Segments of the first chunk: few, so that playing can begin early. */
  firstSegments: number;
  /** Segments of the others. */
  chunkSegments: number;
  /** See `PlannedChunk`. */
  prerollFrames: number;
  /** Without it every later chunk would have to read all that lies before it: then there is but one. */
  seekable: boolean;
}

/** Cuts a video into chunks of whole segments; what would be tiny at the end belongs to the chunk before it. */
export function planChunks(rules: ChunkRules): PlannedChunk[] {
  const { frames, segmentFrames, firstSegments, chunkSegments } = rules;
  const total = Math.max(1, Math.ceil(frames / segmentFrames));
  // One segment more is sooner encoded than another job is begun.
  const starts = total <= firstSegments + 1 ? [0] : [0, firstSegments];
  if (rules.seekable) {
    for (let next = firstSegments + chunkSegments; next + chunkSegments / 2 <= total; next += chunkSegments) {
      starts.push(next);
    }
  }
  return starts.map((firstSegment, at) => {
    const end = starts[at + 1] ?? total;
    const startFrame = firstSegment * segmentFrames;
    return {
      startFrame,
      frames: Math.max(1, Math.min(end * segmentFrames, frames) - startFrame),
      firstSegment,
      segments: end - firstSegment,
      prerollFrames: Math.min(rules.seekable ? rules.prerollFrames : startFrame, startFrame),
    };
  });
}
