import type { PlannedChunk } from './video-plan.js';

export interface ChunkRules {
  /** Of the whole video. */
  frames: number;
  segmentFrames: number;
  /** Segments of the first chunk: few, so that playing can begin early. */
  firstSegments: number;
  /** Segments of the others, at most; see `planChunks`. */
  chunkSegments: number;
  /** See `PlannedChunk`. */
  prerollFrames: number;
  /** Without it every later chunk would have to read all that lies before it: then there is but one. */
  seekable: boolean;
}

/** So many are to end at about the same time; with fewer the last chunks are shorter than need be, which costs little. */
const workersInMind = 8;
/** A video of so few chunks is soon done, and each further one costs a start of the encoder. */
const fewChunks = 4;

/**
 * Cuts a video into chunks of whole segments. Towards the end of a longer one they get shorter, down to half, so that
 * all workers have something to do until it is done (guided self-scheduling: Polychronopoulos and Kuck, 1987); what
 * would be tiny at the end belongs to the chunk before it.
 */
export function planChunks(rules: ChunkRules): PlannedChunk[] {
  const { frames, segmentFrames, firstSegments } = rules;
  const total = Math.max(1, Math.ceil(frames / segmentFrames));
  // One segment more is sooner encoded than another job is begun.
  const starts = total <= firstSegments + 1 ? [0] : [0, firstSegments];
  if (rules.seekable) starts.push(...laterStarts(total, rules));
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

/** First segments of the chunks after the second. */
function laterStarts(total: number, { firstSegments, chunkSegments }: ChunkRules): number[] {
  const isShort = total <= fewChunks * chunkSegments;
  const shortest = isShort
    ? chunkSegments
    : Math.min(chunkSegments, Math.max(2, Math.ceil(chunkSegments / 2)));
  const starts: number[] = [];
  for (let next = firstSegments; ;) {
    const share = Math.ceil((total - next) / workersInMind);
    next += Math.min(chunkSegments, Math.max(shortest, share));
    if (total - next < shortest / 2) return starts;
    starts.push(next);
  }
}
