import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type CanonicalTransform, JobQueues } from '../../processing/index.js';
import type { TransformKey } from './transform-lease.js';

/** How long it is not asked again for the same, nor whether it is there. */
const QUIET_MS = 5000;

/** Each may take a core for seconds: the requests to one process can not cause more of them in a minute. */
const ASKS_PER_MINUTE = 120;

/** Payload of `media.make-transform`. */
export interface MakeTransformPayload {
  mediaId: string;
  hash: string;
  /** The canonical transform, JSON. */
  transform: string;
}

/** Asks the workers for transforms that are better than what a request could wait for. */
@Injectable()
export class BackgroundTransforms {
  private readonly logger = new Logger(BackgroundTransforms.name);
  private readonly asked = new LRUCache<string, true>({ max: 10_000, ttl: QUIET_MS });
  private minute = { begun: 0, asks: 0 };

  constructor(private readonly queues: JobQueues) {}

  /** Whether this process has asked for it just now. */
  pending(key: TransformKey): boolean {
    return this.asked.has(idOf(key));
  }

  /** Asks on behalf of a request, which does not wait. What gets lost is asked for again by the next one. */
  request(key: TransformKey, canonical: CanonicalTransform): void {
    if (this.pending(key)) return;
    this.asked.set(idOf(key), true);
    if (!this.withinBounds()) return;
    this.enqueue(key, canonical).catch((error: unknown) => {
      this.logger.warn({ err: error, ...key }, 'a transform could not be asked for');
    });
  }

  /** Puts the job into its queue; one for the same that is there is left as it is. */
  enqueue(key: TransformKey, canonical: CanonicalTransform): Promise<void> {
    const payload = { ...key, transform: JSON.stringify(canonical) } satisfies MakeTransformPayload;
    const jobId = `media.make-transform-${idOf(key)}`;
    return this.queues.add([{ job: 'media.make-transform', jobId, payload }]);
  }

  private withinBounds(): boolean {
    const now = Date.now();
    if (now - this.minute.begun >= 60_000) this.minute = { begun: now, asks: 0 };
    this.minute.asks += 1;
    return this.minute.asks <= ASKS_PER_MINUTE;
  }
}

function idOf({ mediaId, hash }: TransformKey): string {
  return `${mediaId}-${hash}`;
}
