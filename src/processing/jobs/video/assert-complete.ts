import { type MediaStream, type VideoPlan, type VideoRun, videoTrack } from '../../video/index.js';

/**
 * Holds what is stored of a video against its plan, once more before it is told to be ready: no frame is missing
 * at a joint, all rungs have the same segments, and everything has its end.
 * @throws Error when something is not so: ours, never the video's fault
 */
export function assertComplete(plan: VideoPlan, runs: readonly VideoRun[], stream: MediaStream): void {
  const pictures = runs.filter(({ track }) => track === videoTrack);
  for (const chunk of plan.chunks.slice(0, -1)) {
    const run = pictures.find(({ firstSegment }) => firstSegment === chunk.firstSegment);
    if (run?.frames !== chunk.frames || run.segments !== chunk.segments) {
      throw new Error(`the chunk at segment ${chunk.firstSegment} is not as it was planned`);
    }
  }
  const counts = new Set(stream.video.map(({ segments }) => segments.length));
  if (counts.size !== 1 || counts.has(0)) throw new Error('the rungs of a video differ');
  if (!stream.ended || !stream.playable) throw new Error('a video has not all its segments');
}
