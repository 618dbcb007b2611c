import { type InterruptionKind, interruptionKinds } from './plan.ts';

/** What a run did. */
export class Tally {
  bytesSent = 0;
  requests = 0;
  /** Times that a client asked where it stands, and went on from there. */
  resumes = 0;
  /** Creations whose answer was lost. */
  lostCreations = 0;
  readonly interruptions = Object.fromEntries(interruptionKinds.map((kind) => [kind, 0])) as Record<
    InterruptionKind,
    number
  >;

  get interrupted(): number {
    return Object.values(this.interruptions).reduce((sum, count) => sum + count, 0);
  }
}
