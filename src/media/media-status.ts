export const mediaKinds = ['image', 'video', 'audio', 'document', 'other'] as const;
export type MediaKind = (typeof mediaKinds)[number];

export const mediaStatuses = ['pending', 'scanning', 'processing', 'ready', 'failed', 'quarantined'] as const;
export type MediaStatus = (typeof mediaStatuses)[number];

/** Statuses that a job is expected to end. */
export const unfinishedStatuses: readonly MediaStatus[] = ['pending', 'scanning', 'processing'];

const successors: Record<MediaStatus, readonly MediaStatus[]> = {
  pending: ['scanning', 'failed', 'quarantined'],
  scanning: ['processing', 'failed', 'quarantined'],
  processing: ['ready', 'failed', 'quarantined'],
  ready: ['scanning'],
  failed: ['pending', 'scanning'],
  quarantined: [],
};

/** Whether a media may go from one status to another; a reprocess starts again at the scan, or before it. */
export function canBecome(from: MediaStatus, to: MediaStatus): boolean {
  return successors[from].includes(to);
}
