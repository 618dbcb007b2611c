import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type CanonicalTransform, JobQueues } from '../../processing/index.js';
import type { TransformKey } from './transform-leases.js';

/** How long it is not asked again for the same, nor whether it is there. */
const QUIET_MS = 5000;

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

  constructor(private readonly queues: JobQueues) {}

  /** Whether this process has asked for it just now. */
  pending(key: TransformKey): boolean {
    return this.asked.has(idOf(key));
  }

  /** Asks in the background. What gets lost is asked for again by the next request. */
  request(key: TransformKey, canonical: CanonicalTransform): void {
    if (this.pending(key)) return;
    this.asked.set(idOf(key), true);
    const payload = { ...key, transform: JSON.stringify(canonical) } satisfies MakeTransformPayload;
    this.queues
      .add([{ job: 'media.make-transform', jobId: `media.make-transform-${idOf(key)}`, payload }])
      .catch((error: unknown) => {
        this.logger.warn({ err: error, ...key }, 'a transform could not be asked for');
      });
  }
}

function idOf({ mediaId, hash }: TransformKey): string {
  return `${mediaId}-${hash}`;
}
