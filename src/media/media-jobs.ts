import type { JobRequest } from '../events/index.js';
import type { MediaKind } from './media-status.js';

/** One run of the processing of a media. */
export interface MediaRun {
  id: string;
  generation: number;
}

function mediaJob(job: string, { id, generation }: MediaRun): JobRequest {
  return { job, jobId: `${job}-${id}-${generation}`, payload: { mediaId: id, generation } };
}

/** The job that fetches the bytes of a media from where they are to be imported. */
export function importJob(run: MediaRun): JobRequest {
  return mediaJob('media.import', run);
}

/** The job that hashes an original that came past the service. */
export function hashJob(run: MediaRun): JobRequest {
  return mediaJob('media.hash', run);
}

/** The job that scans an original and sends it on. */
export function scanJob(run: MediaRun): JobRequest {
  return mediaJob('media.scan', run);
}

/** The job that derives what viewers need; documents and others need none, and theirs just ends them. */
export function processJob(run: MediaRun, kind: MediaKind): JobRequest {
  const jobs: Record<MediaKind, string> = {
    image: 'media.process-image',
    video: 'video.plan',
    audio: 'media.process-audio',
    document: 'media.process-other',
    other: 'media.process-other',
  };
  return mediaJob(jobs[kind], run);
}

/** The job that tells webhooks what became of a media, just now. */
export function webhookJob(run: MediaRun, event: string): JobRequest {
  return {
    job: 'events.deliver-webhook',
    jobId: `events.deliver-webhook-${event}-${run.id}-${run.generation}`,
    payload: { mediaId: run.id, generation: run.generation, event, occurredAt: new Date().toISOString() },
  };
}
