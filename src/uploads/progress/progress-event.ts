import type { Standing, UploadStanding } from './standing.js';

interface Failure {
  /** One of docs/errors.md. */
  code: string;
}

/** What is told of an upload and of the media that it becomes; `data` is a whole state, so that one event may be missed. */
export type ProgressEvent =
  | { event: 'received'; data: { id: string; receivedBytes: number; sizeBytes: number | null } }
  | { event: 'scanning' | 'ready' | 'deleted'; data: { id: string } }
  /** Percent; `playable`: a player can begin with what there is. */
  | { event: 'processing'; data: { id: string; progress: number; playable: boolean } }
  | { event: 'refused' | 'failed' | 'quarantined'; data: { id: string; failure: Failure | null } };

/** The event that says where an upload or a media stands. */
export function eventOf({ id, upload, media }: Standing): ProgressEvent {
  if (media === null) return eventOfUpload(id, upload);
  if (media.deleted) return { event: 'deleted', data: { id } };
  switch (media.status) {
    case 'pending':
      return received(id, upload);
    case 'processing':
      return { event: 'processing', data: { id, progress: media.progress, playable: media.playable } };
    case 'failed':
    case 'quarantined':
      return { event: media.status, data: { id, failure: failureOf(media.failureCode) } };
    default:
      return { event: media.status, data: { id } };
  }
}

/** Whether nothing follows. */
export function isLast({ event }: ProgressEvent): boolean {
  return event !== 'received' && event !== 'scanning' && event !== 'processing';
}

function eventOfUpload(id: string, upload: UploadStanding | null): ProgressEvent {
  if (upload === null || upload.deleted) return { event: 'deleted', data: { id } };
  if (upload.state === 'refused')
    return { event: 'refused', data: { id, failure: failureOf(upload.failureCode) } };
  return received(id, upload);
}

function received(id: string, upload: UploadStanding | null): ProgressEvent {
  const { offset = 0, size = null, state = 'open' } = upload ?? {};
  // Parts that went straight to the bucket are in no row, but once it is committed all bytes are there.
  const receivedBytes = state === 'committed' ? (size ?? offset) : offset;
  return { event: 'received', data: { id, receivedBytes, sizeBytes: size } };
}

function failureOf(code: string | null): Failure | null {
  return code === null ? null : { code };
}
