import type { Visibility } from '../../auth/index.js';
import type { MediaChange, UploadChange } from '../../events/index.js';
import type { MediaStatus } from '../../media/index.js';
import type { UploadState } from '../entities/upload.entity.js';

export interface UploadStanding {
  state: UploadState;
  /** Bytes that are durable. */
  offset: number;
  size: number | null;
  failureCode: string | null;
  deleted: boolean;
}

export interface MediaStanding {
  status: MediaStatus;
  generation: number;
  progress: number;
  playable: boolean;
  failureCode: string | null;
  /** Null of a media that is gone. */
  visibility: Visibility | null;
  deleted: boolean;
}

/** Where an upload and the media that it becomes stand: they have one id and one owner. */
export interface Standing {
  id: string;
  ownerId: string;
  orgId: string | null;
  upload: UploadStanding | null;
  media: MediaStanding | null;
}

export function mediaStanding(change: MediaChange): MediaStanding {
  return {
    status: change.status as MediaStatus,
    generation: change.generation ?? 0,
    progress: change.progress ?? 0,
    playable: change.playable ?? false,
    failureCode: change.failureCode,
    visibility: change.visibility as Visibility | null,
    deleted: change.deleted,
  };
}

export function uploadStanding(change: UploadChange): UploadStanding {
  return {
    state: change.state as UploadState,
    offset: change.offset ?? 0,
    size: change.size,
    failureCode: change.failureCode,
    deleted: change.deleted,
  };
}

/**
 * What follows from a change of the media, or null when only the rows can tell: a change that goes back is
 * one from before they were last read, come late, and so may be one that would be the end for nothing.
 */
export function afterMedia(standing: Standing, media: MediaStanding): Standing | null {
  const isLate = standing.media !== null && compare(media, standing.media) < 0;
  return media.deleted || isLate ? null : { ...standing, media };
}

/** What follows from a change of the upload, or null when only the rows can tell: the media may be there by now. */
export function afterUpload(standing: Standing, upload: UploadStanding): Standing | null {
  // All that still can happen to the upload is that its row is tidied away.
  if (standing.media && standing.media.status !== 'pending') return standing;
  if (upload.deleted || upload.state === 'committed') return null;
  // Late, or a part that was replaced by a smaller one.
  if (standing.upload && upload.offset < standing.upload.offset) return null;
  return { ...standing, upload };
}

const ranks: Record<MediaStatus, number> = {
  pending: 0,
  scanning: 1,
  processing: 2,
  ready: 3,
  failed: 3,
  quarantined: 3,
};

function compare(a: MediaStanding, b: MediaStanding): number {
  return a.generation - b.generation || ranks[a.status] - ranks[b.status] || a.progress - b.progress;
}
