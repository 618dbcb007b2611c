import { Injectable } from '@nestjs/common';
import { Cache } from '../../cache/index.js';
import { DomainError } from '../../common/index.js';
import type { TransformKey } from './transform-lease.js';

const NAMESPACE = 'transform-failure';

interface KnownFailure {
  code: string;
  status: number;
  title: string;
  detail: string;
}

/**
 * Transforms that can not be made, remembered for `CACHE_TTL_SECONDS`: a broken image that many ask for is
 * decoded once in a while and not for each of them. Only what the content is to blame for is remembered.
 */
@Injectable()
export class TransformFailures {
  constructor(private readonly cache: Cache) {}

  /** What making this failed with a short while ago, or null. */
  async recall(key: TransformKey): Promise<DomainError | null> {
    const known = await this.cache.remember<KnownFailure>(NAMESPACE, nameOf(key), async () => null);
    return known && new DomainError(known.code, { status: known.status, title: known.title }, known.detail);
  }

  async note(key: TransformKey, error: unknown): Promise<void> {
    if (!(error instanceof DomainError) || error.status >= 500) return;
    const { code, status, spec, message } = error;
    await this.cache.remember<KnownFailure>(NAMESPACE, nameOf(key), async () => ({
      code,
      status,
      title: spec.title,
      detail: message,
    }));
  }
}

function nameOf({ mediaId, hash }: TransformKey): string {
  return `${mediaId}/${hash}`;
}
