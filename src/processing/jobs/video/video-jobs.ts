import type { JobRequest } from '../../../events/index.js';
import type { MediaRun } from '../../../media/index.js';
import type { StoredPlan } from '../../video/index.js';
import { toNumber } from '../../ffmpeg/index.js';

export interface ChunkPayload {
  mediaId: string;
  generation: number;
  /** Of the plan's chunks. */
  index: number;
}

export interface AudioPayload {
  mediaId: string;
  generation: number;
  /** Name of the plan's track. */
  track: string;
}

const runOf = ({ media, generation }: StoredPlan): MediaRun => ({ id: media, generation });

function videoJob(
  job: string,
  { id, generation }: MediaRun,
  { part, ...more }: { part?: string | number; dueAt?: number; index?: number; track?: string },
): JobRequest {
  const jobId = [job, id, generation, ...(part === undefined ? [] : [part])].join('-');
  return { job, jobId, payload: { mediaId: id, generation, ...more } };
}

/**
 * The job that encodes a chunk. It is due when a viewer who began as soon as the video was planned comes to it: by
 * that chunks of all videos are ordered, so that neither the long nor the short ones starve.
 */
export function chunkJob(stored: StoredPlan, index: number): JobRequest {
  const { frameRate, chunks } = stored.plan;
  const startSeconds = (chunks[index]?.startFrame ?? 0) / toNumber(frameRate);
  const dueAt = Math.floor(stored.createdAt.getTime() / 1000 + startSeconds);
  return videoJob('video.chunk', runOf(stored), { part: index, index, dueAt });
}

/** The job that encodes a track of sound. */
export function audioJob(stored: StoredPlan, track: string): JobRequest {
  return videoJob('video.audio', runOf(stored), { part: track, track });
}

/** The job that takes the poster and makes thumbnails of it. */
export function posterJob(stored: StoredPlan): JobRequest {
  return videoJob('video.poster', runOf(stored), {});
}

/** The job that makes the media ready, when all of it is there. */
export function finalizeJob(run: MediaRun): JobRequest {
  return videoJob('video.finalize', run, {});
}

/** Everything that a plan needs, in the order in which it is best begun. */
export function jobsOfPlan(stored: StoredPlan): JobRequest[] {
  const [first, ...others] = stored.plan.chunks.map((_, index) => chunkJob(stored, index));
  return [
    ...(first ? [first] : []),
    ...stored.plan.audio.map(({ name }) => audioJob(stored, name)),
    posterJob(stored),
    ...others,
  ];
}
