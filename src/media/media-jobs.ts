import type { JobRequest } from '../events/index.js';
import type { Media } from './entities/media.entity.js';
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
function importJob(run: MediaRun): JobRequest {
  return mediaJob('media.import', run);
}

/** The job that makes the bytes of a media of those of others. */
function editJob(run: MediaRun): JobRequest {
  return mediaJob('media.edit', run);
}

/** The job that brings a media its bytes. */
export function arrivalJob(media: MediaRun & Pick<Media, 'editPlan'>): JobRequest {
  return media.editPlan === null ? importJob(media) : editJob(media);
}

/** The job that makes the storyboard and the preview of a video, once it can be played. */
function picturesJob(run: MediaRun): JobRequest {
  return mediaJob('media.make-pictures', run);
}

/** The job that makes the poster of a video anew: one for each time that it is chosen. */
export function posterJob(media: Pick<Media, 'id' | 'generation' | 'version'>): JobRequest {
  const { jobId, ...request } = mediaJob('media.make-poster', media);
  return { ...request, jobId: `${jobId}-${media.version}` };
}

/** What is made of a media that has just become ready, and is not needed for that. */
export function supplementJobs(media: Media): JobRequest[] {
  if (media.kind !== 'video' || media.metadata['downloadOnly'] === true) return [];
  return [picturesJob(media), ...(media.posterMs === null ? [] : [posterJob(media)])];
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

/** The job that makes the presets of an image which are to be there before anyone asks. */
export function presetsJob(run: MediaRun): JobRequest {
  return mediaJob('media.make-presets', run);
}

/** The job that looks for faces and things in the picture of a media that is ready. */
export function analyseJob(run: MediaRun): JobRequest {
  return mediaJob('media.analyse', run);
}

/** The job that tells webhooks what became of a media, just now. */
export function webhookJob(run: MediaRun, event: string): JobRequest {
  return {
    job: 'events.deliver-webhook',
    jobId: `events.deliver-webhook-${event}-${run.id}-${run.generation}`,
    payload: { mediaId: run.id, generation: run.generation, event, occurredAt: new Date().toISOString() },
  };
}
