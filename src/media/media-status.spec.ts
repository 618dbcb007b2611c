import { describe, expect, it } from '@jest/globals';
import { canBecome, mediaStatuses, unfinishedStatuses } from './media-status.js';

const steps = new Set([
  'pending → scanning',
  'pending → failed',
  'pending → quarantined',
  'scanning → processing',
  'scanning → failed',
  'scanning → quarantined',
  'processing → ready',
  'processing → failed',
  'processing → quarantined',
  'ready → scanning',
  'failed → pending',
  'failed → scanning',
]);

describe('canBecome', () => {
  it.each(mediaStatuses.flatMap((from) => mediaStatuses.map((to) => [from, to] as const)))(
    '%s → %s',
    (from, to) => expect(canBecome(from, to)).toBe(steps.has(`${from} → ${to}`)),
  );
});

describe('unfinishedStatuses', () => {
  it('are those that a failure can end', () => {
    expect(unfinishedStatuses).toEqual(mediaStatuses.filter((status) => canBecome(status, 'failed')));
  });
});
