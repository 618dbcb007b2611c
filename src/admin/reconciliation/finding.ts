/** What can be found to be wrong; docs/operations.md says of each what to do. */
export const findingKinds = [
  'media.without-original',
  'media.without-job',
  'original.unused',
  'original.missing',
  'original.size-differs',
  'variant.missing',
  'variant.size-differs',
  'object.unowned',
  'object.foreign',
  'deletion.overdue',
  'upload.without-reservation',
  'upload.without-ledger-entry',
  'upload.offset-differs',
  'reservation.without-upload',
  'quota.drift',
  'multipart.unowned',
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** One thing that is not as it must be. */
export interface Finding {
  kind: FindingKind;
  /** Id of a row, key of an object, or name of an account. */
  subject: string;
  detail: string;
  /** Set right by this run. */
  mended: boolean;
}
